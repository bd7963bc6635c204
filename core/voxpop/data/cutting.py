"""Cuts the splits that a data source lacks: seeded, stratified, equal texts on one side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voxpop.data.checks import check_splits
from voxpop.data.duplicates import TextGroups, stands_in, text_digests
from voxpop.data.libraries import import_pyarrow
from voxpop.data.quotas import largest_remainders
from voxpop.data.split import TEXT
from voxpop.data.stratifying import assign_rows
from voxpop.errors import DataError, UsageError
from voxpop.events import Listener, Notice
from voxpop.interfaces import Splits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.data.split import Split

STAGE = "comparing reviews"


def cut_splits(
    splits: Splits,
    *,
    validation: float,
    test: float,
    limit: int | None,
    seed: int,
    listen: Listener,
) -> Splits:
    """Check a data source's splits and cut from `train` what is missing.

    In this order:

    1. A text of `train` that also stands in a given validation or test split is dropped from
       `train`, and one of a given validation split that stands in a given test split is dropped
       from validation, with a notice. A given test split is never changed.
    2. `limit` reviews of what is left of `train` are kept: a seeded sample with each class at its
       share, within 1 row. All are kept when there are no more. Given splits are not limited.
    3. The missing splits are cut from those. Each class is shared out as the fractions say, within
       1 row, and reviews of equal text (whatever their labels) go to the same split. Where more of
       a class's rows are duplicates than `train` may hold, the shares give way, never that rule.

    The result depends on texts, labels and seed alone: not on the order of the rows, nor on the
    machine. Rows keep their order.

    Args:
        splits: what the data source gave.
        validation: the share of `train`, after 1 and 2, that becomes the validation split; unused
            when the source gives one.
        test: the same of the test split.
        limit: how many reviews of `train` are used in all, before cutting; None for all.
        seed: another seed gives other samples.
        listen: hears progress and notices.

    Returns:
        Splits with all three present.

    Raises:
        DataError: the reviews cannot be used; see `check_splits`; or a class has too few different
            reviews to be in every split.
        UsageError: the fractions leave nothing for a split, or `limit` or `seed` is negative.
    """
    shares = {
        "validation": validation if splits.validation is None else None,
        "test": test if splits.test is None else None,
    }
    wanted = {name: share for name, share in shares.items() if share is not None}
    _check_arguments(wanted, limit, seed)
    check_splits(splits, listen)
    _tell_blanks(splits, listen)

    digests = text_digests(splits.train, seed, listen, STAGE)
    splits, rows = _without_overlap(splits, digests, seed, listen)
    labels = splits.train.labels
    rows = _sample(rows, digests, labels, limit)
    groups = TextGroups.of(digests[rows])
    _tell_duplicates(groups, labels[rows], splits.labels, listen)
    sides = assign_rows(groups, labels[rows], splits.labels, wanted)
    parts = {
        name: splits.train.select(rows[sides == side])
        for side, name in enumerate(("train", *wanted))
    }
    return Splits(
        train=parts["train"],
        labels=splits.labels,
        validation=parts.get("validation", splits.validation),
        test=parts.get("test", splits.test),
    )


def _check_arguments(wanted: dict[str, float], limit: int | None, seed: int) -> None:
    if not all(0 < share < 1 for share in wanted.values()) or sum(wanted.values()) >= 1:
        given = ", ".join(f"{name} = {share:g}" for name, share in wanted.items())
        raise UsageError(
            f"The shares to cut off are {given}; each is above 0, and together they stay below 1, "
            "so that something is left to train on"
        )
    if seed < 0:
        raise UsageError(f"The seed is {seed}; it is 0 or more")
    if limit is not None and limit < 1:
        raise UsageError(f"The limit is {limit}; it is 1 or more, or not given")


def _without_overlap(
    splits: Splits, train: NDArray[np.void], seed: int, listen: Listener
) -> tuple[Splits, NDArray[np.int64]]:
    """Give the splits with a validation that shares no text with test, and train's own rows."""
    rows = np.arange(len(train))
    held_out = {"validation": splits.validation, "test": splits.test}
    digests = {
        name: text_digests(split, seed, listen, STAGE)
        for name, split in held_out.items()
        if split is not None
    }
    validation = splits.validation
    if validation is not None and "test" in digests:
        shared = stands_in(digests["validation"], digests["test"])
        if shared.any():
            _tell_overlap("validation", "test", shared, listen)
            validation = validation.select(np.flatnonzero(~shared))
            digests["validation"] = digests["validation"][~shared]
    for name, those in digests.items():
        shared = stands_in(train[rows], those)
        if shared.any():
            _tell_overlap("train", name, shared, listen)
            rows = rows[~shared]
    cleaned = Splits(
        train=splits.train, labels=splits.labels, validation=validation, test=splits.test
    )
    if validation is not None and validation is not splits.validation:
        check_splits(cleaned, listen)
    return cleaned, rows


def _sample(
    rows: NDArray[np.int64],
    digests: NDArray[np.void],
    labels: NDArray[np.int64],
    limit: int | None,
) -> NDArray[np.int64]:
    """Keep `limit` rows, each class at its share within 1 row; those with the first digests."""
    if limit is None or limit >= len(rows):
        return rows
    quotas = largest_remainders(limit, np.bincount(labels[rows]).astype(float).tolist())
    kept = []
    for label, quota in enumerate(quotas):
        mine = rows[labels[rows] == label]
        order = np.lexsort((digests["low"][mine], digests["high"][mine]))
        kept.append(mine[order[:quota]])
    return np.sort(np.concatenate(kept))


def _tell_overlap(where: str, other: str, shared: NDArray[np.bool_], listen: Listener) -> None:
    dropped = int(shared.sum())
    if dropped == len(shared):
        raise DataError(
            f"Every review of the {where} split stands word for word in the {other} split too: "
            "nothing is left of it. Give different files, or leave the split out to have it cut"
        )
    listen(
        Notice(
            message=f"{dropped} of {len(shared)} {where} reviews stand word for word in the "
            f"{other} split too; they were dropped from {where}"
        )
    )


def _tell_duplicates(
    groups: TextGroups, labels: NDArray[np.int64], names: tuple[str, ...], listen: Listener
) -> None:
    repeats = len(groups.order) - len(groups.sizes)
    if not repeats:
        return
    message = f"{repeats} of {len(labels)} reviews repeat another one word for word"
    ordered = labels[groups.order]
    lowest = np.minimum.reduceat(ordered, groups.starts[:-1])
    highest = np.maximum.reduceat(ordered, groups.starts[:-1])
    conflicts = int((lowest != highest).sum())
    if conflicts:
        message += f" ({conflicts} texts under different labels)"
    listen(Notice(message=f"{message}; equal texts were kept in one split"))


def _tell_blanks(splits: Splits, listen: Listener) -> None:
    pa = import_pyarrow()
    for name in ("train", "validation", "test"):
        split: Split | None = getattr(splits, name)
        if split is None:
            continue
        blank = 0
        for batch in split.record_batches(2_000, (TEXT,)):
            trimmed = pa.compute.utf8_trim_whitespace(batch.column(0))
            blank += int((pa.compute.binary_length(trimmed).to_numpy() == 0).sum())
        if blank:
            listen(
                Notice(message=f"{blank} of {len(split)} {name} reviews have no text; they stay in")
            )
