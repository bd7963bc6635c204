"""Equal texts, found by keyed digests: 16 bytes a review, so that millions fit into memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxpop.data.libraries import import_pyarrow
from voxpop.data.split import TEXT
from voxpop.events import Listener, Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.data.split import Split

_ROWS = 2_000
DIGEST = np.dtype([("high", "<u8"), ("low", "<u8")])


def text_digests(split: Split, seed: int, listen: Listener, stage: str) -> NDArray[np.void]:
    """Give every text's BLAKE2b digest (RFC 7693) of 16 bytes, keyed by the seed, in order.

    Equal texts have equal digests; and since another key gives other digests, their order is a
    seeded shuffle that depends neither on the order of the rows nor on a library's generator.

    Returns:
        `DIGEST` records of shape (n,).
    """
    pa = import_pyarrow()
    key = str(seed).encode()
    parts = [np.zeros(0, DIGEST)]
    done = 0
    for batch in split.record_batches(_ROWS, (TEXT,)):
        texts = batch.column(0).cast(pa.large_binary()).to_pylist()
        digests = (hashlib.blake2b(text, digest_size=16, key=key).digest() for text in texts)
        parts.append(np.frombuffer(b"".join(digests), DIGEST))
        done += len(texts)
        listen(Progress(stage=stage, done=done, total=len(split)))
    return np.concatenate(parts)


@dataclass(frozen=True)
class TextGroups:
    """The rows of a split by their text; the groups stand in the seeded order of their digests.

    Attributes:
        order: int64 of shape (n,): rows, those of one text side by side, ascending among them.
        starts: int64 of shape (groups + 1,): group g is `order[starts[g] : starts[g + 1]]`.
        chance: float64 of shape (groups,): a seeded number in [0, 1) of each text's own.
    """

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    chance: NDArray[np.float64]

    @classmethod
    def of(cls, digests: NDArray[np.void]) -> TextGroups:
        """Group rows by digest."""
        order = np.lexsort((digests["low"], digests["high"]))
        ordered = digests[order]
        is_first = np.ones(len(ordered), dtype=bool)
        is_first[1:] = ordered[1:] != ordered[:-1]
        firsts = np.flatnonzero(is_first)
        chance = (ordered["low"][firsts] >> np.uint64(11)) / float(1 << 53)
        return cls(order, np.append(firsts, len(order)), chance)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows a group, int64 of shape (groups,)."""
        return np.diff(self.starts)


def stands_in(digests: NDArray[np.void], those: NDArray[np.void]) -> NDArray[np.bool_]:
    """Say of each digest whether it is among `those`; bool of shape (n,)."""
    both = TextGroups.of(np.concatenate((digests, those)))
    found = np.zeros(len(digests) + len(those), dtype=bool)
    # Rows of a group ascend, so its last row is one of `those` when any is.
    has_one = both.order[both.starts[1:] - 1] >= len(digests)
    found[both.order] = np.repeat(has_one, both.sizes)
    return found[: len(digests)]
