"""Which row groups, and which of their rows, a limited read takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from voxpop_plugins.s3.amazon_polarity.shards import RowGroup

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Sample(NamedTuple):
    """What to read.

    Attributes:
        groups: the positions of the row groups, ascending, shard by shard.
        keep: which of the rows of those groups, in order, are used; None: all.
    """

    groups: list[list[int]]
    keep: NDArray[np.bool_] | None


def take_all(shards: Sequence[Sequence[RowGroup]]) -> Sample:
    """Take every row."""
    return Sample([list(range(len(groups))) for groups in shards], None)


def draw(shards: Sequence[Sequence[RowGroup]], limit: int, seed: int) -> Sample:
    """Draw row groups until they hold `limit` rows, and of their rows just as many.

    Every row group is as likely as any other, wherever it stands; so is every row of those drawn.
    NumPy promises that `RandomState` draws the same for ever.
    """
    random = np.random.RandomState(seed)
    groups = [(shard, at) for shard, those in enumerate(shards) for at in range(len(those))]
    drawn: list[list[int]] = [[] for _ in shards]
    rows = 0
    for number in random.permutation(len(groups)):
        if rows >= limit:
            break
        shard, at = groups[number]
        drawn[shard].append(at)
        rows += shards[shard][at].rows
    keep = None
    if rows > limit:
        keep = np.zeros(rows, dtype=bool)
        keep[random.permutation(rows)[:limit]] = True
    return Sample([sorted(those) for those in drawn], keep)
