"""Turns tokens into features: the words of a review, and its runs of words.

Single words keep the place of their id; a run of words gets one of `buckets` places by its hash, so
that no list of runs is kept (Weinberger et al., Feature hashing for large scale multitask learning,
2009).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop import TokenBatch

# The numbers of SplitMix64 (Steele et al., Fast splittable pseudorandom number generators, 2014).
_STEP, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True)
class Features:
    """The features of some reviews, each as often as it occurs.

    Attributes:
        rows: int64 of shape (m,): in which review it is.
        columns: int64 of shape (m,): which it is.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


@dataclass(frozen=True)
class Ngrams:
    """Which features there are.

    Attributes:
        vocabulary_size: ids are 0 .. vocabulary_size - 1.
        longest: the longest run of words.
        buckets: places for runs of two words and more.
    """

    vocabulary_size: int
    longest: int
    buckets: int

    @property
    def width(self) -> int:
        """How many features there are."""
        return self.vocabulary_size + (self.buckets if self.longest > 1 else 0)

    def of(self, batch: TokenBatch) -> Features:
        """Find the features of each review; what lies beyond a length is not looked at."""
        inside = np.arange(batch.ids.shape[1]) < batch.lengths[:, np.newaxis]
        ids = batch.ids[inside]
        lengths = batch.lengths.astype(np.int64)
        rows = np.repeat(np.arange(len(lengths)), lengths)
        found, whose, runs = [ids.astype(np.int64)], [rows], ids.astype(np.uint64)
        for length in range(2, self.longest + 1):
            if len(ids) < length:
                break
            runs = runs[:-1] * _STEP + ids[length - 1 :].astype(np.uint64)
            whole = rows[: len(runs)] == rows[length - 1 :]  # the others go into the next review
            place = _mixed(runs[whole] + np.uint64(length)) % np.uint64(self.buckets)
            found.append(self.vocabulary_size + place.astype(np.int64))
            whose.append(rows[: len(runs)][whole])
        return Features(np.concatenate(whose), np.concatenate(found))


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread numbers over 64 bits: near ones come out far apart."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * _MIX
    return numbers ^ (numbers >> np.uint64(31))
