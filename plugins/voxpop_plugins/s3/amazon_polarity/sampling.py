"""Which row groups, and which of their rows, a limited read takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from voxpop_plugins.s3.amazon_polarity.shards import RowGroup

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_GROUPS = 20


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
    """Draw row groups that hold `limit` rows, and of their rows just as many.

    All row groups in a row are cut into as many stretches as groups are needed, and at least 20;
    each stretch gives one. So a sample of shards that are sorted by label has each label at about
    its share. Every row group is nearly as likely as any other, wherever it stands; every row of
    those drawn is as likely as any other of them. NumPy promises that `RandomState` draws the same
    for ever.
    """
    random = np.random.RandomState(seed)
    groups = [
        (shard, at)
        for shard, those in enumerate(shards)
        for at, group in enumerate(those)
        if group.rows
    ]
    if not groups:
        return take_all(shards)
    rows = [shards[shard][at].rows for shard, at in groups]
    total = sum(rows)
    needed = -(-min(limit, total) * len(groups) // total)
    stretches = min(len(groups), max(needed, _LEAST_GROUPS))
    places = np.arange(stretches) + random.random_sample(stretches)
    drawn: list[int] = []
    for place in places * (len(groups) / stretches):
        # Two stretches may meet within a group and both draw it: then the later takes the next.
        drawn.append(max(int(place), drawn[-1] + 1 if drawn else 0))
    there = sum(rows[one] for one in drawn)
    for number in map(int, random.permutation(len(groups))):
        if there >= min(limit, total):
            break
        if number not in drawn:
            drawn.append(number)
            there += rows[number]
    chosen: list[list[int]] = [[] for _ in shards]
    for number in sorted(drawn):
        shard, at = groups[number]
        chosen[shard].append(at)
    keep = None
    if there > limit:
        keep = np.zeros(there, dtype=bool)
        keep[random.permutation(there)[:limit]] = True
    return Sample(chosen, keep)
