"""Shares rows out among splits: each class at its share, each text in one split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from voxpop.data.quotas import largest_remainders
from voxpop.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.data.duplicates import TextGroups


def assign_rows(
    groups: TextGroups,
    labels: NDArray[np.int64],
    names: tuple[str, ...],
    shares: Mapping[str, float],
) -> NDArray[np.int64]:
    """Say of each row where it goes: 0 is train, 1 and up are the splits of `shares`, in order.

    Texts that stand in several rows are placed first, the most frequent ones before the others,
    each by its own seeded chance in a split that still has room for it; the other rows then fill
    every class of every split up to its quota, in the seeded order of their texts.

    Args:
        groups: the rows by their text.
        labels: int64 of shape (n,).
        names: the class names.
        shares: by name, the share of the rows that each split to be cut gets.

    Returns:
        int64 of shape (n,).

    Raises:
        DataError: a class would be missing in a split.
    """
    sides = np.zeros(len(labels), dtype=np.int64)
    counts = np.bincount(labels, minlength=len(names))
    room = np.stack([_quotas(int(count), list(shares.values())) for count in counts], axis=1)
    sizes = groups.sizes
    repeated = np.flatnonzero(sizes > 1)
    for group in repeated[np.argsort(-sizes[repeated], kind="stable")]:
        rows = groups.order[groups.starts[group] : groups.starts[group + 1]]
        need = np.bincount(labels[rows], minlength=len(names))
        fitting = np.flatnonzero((room >= need).all(axis=1))
        # Where a text fits nowhere, train takes it: it is far the largest, and what is measured
        # on must not be ruled by one text.
        side = _drawn(fitting, room, groups.chance[group]) if len(fitting) else 0
        sides[rows] = side
        room[side] -= need
    single = groups.order[groups.starts[:-1][sizes == 1]]
    for label in range(len(names)):
        mine = single[labels[single] == label]
        # Where repeated texts took more than train's part, too few rows are left for the others.
        left = np.maximum(room[:, label], 0)
        if left.sum() > len(mine):
            left = _at_least_one(largest_remainders(len(mine), left.tolist()), left > 0)
        sides[mine] = np.repeat(np.arange(len(left)), left)[::-1]
    _check_classes(sides, labels, names, ("train", *shares))
    return sides


def _quotas(count: int, shares: list[float]) -> NDArray[np.int64]:
    """Give rows of one class for train and each split, at least one each if there are so many."""
    quotas = largest_remainders(count, [1 - sum(shares), *shares])
    return _at_least_one(quotas, np.ones(len(quotas), dtype=bool))


def _at_least_one(quotas: NDArray[np.int64], wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Move single rows from the largest quota to the wanted ones that are 0, while there are."""
    while (empty := wanted & (quotas == 0)).any() and (quotas > 1).any():
        quotas[np.argmax(empty)] += 1
        quotas[np.argmax(quotas)] -= 1
    return quotas


def _drawn(fitting: NDArray[np.int64], room: NDArray[np.int64], chance: float) -> int:
    """Draw a split with the odds of the rows that it still has room for."""
    edges = np.cumsum(room[fitting].sum(axis=1))
    return int(fitting[np.searchsorted(edges, chance * edges[-1], side="right")])


def _check_classes(
    sides: NDArray[np.int64],
    labels: NDArray[np.int64],
    names: tuple[str, ...],
    splits: tuple[str, ...],
) -> None:
    for label, name in enumerate(names):
        mine = sides[labels == label]
        for side, split in enumerate(splits):
            if not (mine == side).any():
                raise DataError(
                    f"The class {name!r} has too few reviews: of its {len(mine)} (equal texts stay "
                    f"together) none is left for the {split} split. Add reviews of that class, "
                    "raise `limit` in [splits] if it is set, or leave the class out"
                )
