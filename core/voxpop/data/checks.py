"""What a data source must give before anything is cut or fitted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from voxpop.errors import DataError
from voxpop.events import Listener, Notice

if TYPE_CHECKING:
    from voxpop.data.split import Split
    from voxpop.interfaces import Splits


def check_splits(splits: Splits, listen: Listener) -> None:
    """Refuse splits that cannot be learned from or measured on; tell of what is merely odd.

    Raises:
        DataError: fewer than two class names, or one twice; a split is empty; a label is no
            position in the class names; the training reviews lack a class; a held-out split knows
            one class only.
    """
    names = splits.labels
    if not names or len(set(names)) < len(names) or not all(names):
        raise DataError(
            "A data source names its classes, each by another name; "
            f"this one names {', '.join(map(repr, names)) or 'none'}"
        )
    for where, split in _given(splits):
        _check_split(where, split, splits.labels, listen)


def _given(splits: Splits) -> Iterator[tuple[str, Split]]:
    yield "train", splits.train
    if splits.validation is not None:
        yield "validation", splits.validation
    if splits.test is not None:
        yield "test", splits.test


def _check_split(where: str, split: Split, names: tuple[str, ...], listen: Listener) -> None:
    if not len(split):
        raise DataError(
            f"The {where} split holds no reviews. See that the data source points at your data"
        )
    labels = split.labels
    wrong = np.flatnonzero((labels < 0) | (labels >= len(names)))
    if len(wrong):
        raise DataError(
            f"Row {wrong[0]} of the {where} split has the label {labels[wrong[0]]}; a label is a "
            f"position in the class names, 0 to {len(names) - 1} ({', '.join(names)}). "
            f"{len(wrong)} of {len(labels)} rows are so"
        )
    counts = np.bincount(labels, minlength=len(names))
    lacking = [name for name, count in zip(names, counts, strict=True) if not count]
    if len(lacking) == len(names) - 1:
        only = names[int(np.argmax(counts))]
        raise DataError(
            f"All {len(labels)} reviews of the {where} split are {only!r}; "
            f"{'learning' if where == 'train' else 'measuring'} needs two classes or more. "
            f"Add reviews that are {' or '.join(map(repr, lacking)) or 'not'}"
        )
    if lacking and where == "train":
        raise DataError(
            f"The train split has no review that is {' or '.join(map(repr, lacking))}. "
            "Add some, or leave the class out of the class names"
        )
    if lacking:
        listen(Notice(message=f"The {where} split has no {' and no '.join(map(repr, lacking))}"))
