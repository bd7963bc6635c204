"""The memory-mapped token cache of a split, and its length-bucketed batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voxpop.errors import PluginError
from voxpop.events import Listener, Progress
from voxpop.interfaces import TokenBatch, Tokenizer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.data.split import Split

# How many batches are sorted by length together: more saves padding, less mixes better.
_WINDOW = 50


class TokenDataset:
    """Encoded reviews: all tokens in one memory-mapped file, offsets and labels in memory.

    Attributes:
        tokens: int32 of shape (all tokens,); row i is `tokens[offsets[i] : offsets[i + 1]]`
        offsets: int64 of shape (n + 1,)
        labels: int64 of shape (n,)
    """

    def __init__(
        self, tokens: NDArray[np.int32], offsets: NDArray[np.int64], labels: NDArray[np.int64]
    ) -> None:
        self.tokens = np.asarray(tokens)  # mapped all the same, and quicker to slice than a memmap
        self.offsets = offsets
        self.labels = labels

    @classmethod
    def write(
        cls, file: Path, tokenizer: Tokenizer, split: Split, listen: Listener, stage: str
    ) -> TokenDataset:
        """Encode a split into `file` (raw little-endian int32), one chunk at a time.

        Raises:
            PluginError: the tokenizer breaks its contract (shapes, lengths or ids).
        """
        lengths: list[NDArray[np.int32]] = [np.zeros(0, np.int32)]
        done = 0
        with file.open("wb") as out:
            for texts in split.texts():
                batch = tokenizer.encode(texts)
                out.write(_real_tokens(batch, texts, tokenizer).astype("<i4").tobytes())
                lengths.append(batch.lengths)
                done += len(texts)
                listen(Progress(stage=stage, done=done, total=len(split)))
        offsets = np.concatenate(([0], np.cumsum(np.concatenate(lengths), dtype=np.int64)))
        tokens = (
            np.memmap(file, dtype="<i4", mode="r") if offsets[-1] else np.zeros(0, dtype=np.int32)
        )
        return cls(tokens, offsets, split.labels)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The number of tokens of each row, int64 of shape (n,)."""
        return np.diff(self.offsets)

    def batch(self, rows: NDArray[np.int64]) -> TokenBatch:
        """Give those rows, in that order, as wide as the longest of them."""
        starts, ends = self.offsets[rows], self.offsets[rows + 1]
        lengths = (ends - starts).astype(np.int32)
        ids = np.zeros((len(rows), int(np.max(lengths, initial=0))), dtype=np.int32)
        for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
            ids[row, : end - start] = self.tokens[start:end]
        return TokenBatch(ids, lengths)

    def by_length(self, batch_size: int) -> Iterator[tuple[NDArray[np.int64], TokenBatch]]:
        """Give every row once, shortest first: row numbers and their batch. For measuring."""
        order = np.argsort(self.lengths, kind="stable")
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            yield rows, self.batch(rows)

    def shuffled(
        self, batch_size: int, rng: np.random.Generator
    ) -> Iterator[tuple[NDArray[np.int64], TokenBatch]]:
        """Give every row once, in random batches of rows of like length. For fitting.

        Rows are shuffled, then sorted by length within windows of 50 batches, and all batches are
        shuffled: nearly no padding, and still another company each epoch. The order depends on the
        lengths and on `rng` alone.
        """
        order = rng.permutation(len(self))
        lengths = self.lengths
        window = _WINDOW * batch_size
        batches: list[NDArray[np.int64]] = []
        for start in range(0, len(order), window):
            rows = order[start : start + window]
            rows = rows[np.argsort(lengths[rows], kind="stable")]
            batches += [rows[at : at + batch_size] for at in range(0, len(rows), batch_size)]
        for index in rng.permutation(len(batches)):
            yield batches[index], self.batch(batches[index])


def _real_tokens(
    batch: TokenBatch, texts: Sequence[str], tokenizer: Tokenizer
) -> NDArray[np.int32]:
    """Give the tokens of a batch without the padding, one text after the other."""
    n, ids, lengths = len(texts), getattr(batch, "ids", None), getattr(batch, "lengths", None)
    told = f"The tokenizer {type(tokenizer).__name__} was given {n} texts and "
    if not (isinstance(ids, np.ndarray) and isinstance(lengths, np.ndarray)):
        raise PluginError(
            f"{told}gave a {type(batch).__name__} of a {type(ids).__name__} and a "
            f"{type(lengths).__name__}. It must give a voxpop.TokenBatch of two NumPy arrays. Tell "
            "the plugin's author."
        )
    if not (np.issubdtype(ids.dtype, np.integer) and np.issubdtype(lengths.dtype, np.integer)):
        raise PluginError(
            f"{told}gave ids of {ids.dtype} and lengths of {lengths.dtype}. Both are int32. Tell "
            "the plugin's author."
        )
    if ids.ndim != 2 or len(ids) != n or lengths.shape != (n,):
        raise PluginError(
            f"{told}gave ids of shape {ids.shape} and lengths of shape {lengths.shape}. It must "
            f"give ({n}, width) and ({n},). Tell the plugin's author."
        )
    width = ids.shape[1]
    if np.any(lengths < 0) or np.any(lengths > width):
        raise PluginError(
            f"{told}gave lengths from {np.min(lengths)} to {np.max(lengths)} beside ids of width "
            f"{width}. A length lies in 0 .. width. Tell the plugin's author."
        )
    tokens = ids[np.arange(width) < lengths[:, np.newaxis]]
    if np.any(tokens < 0) or np.any(tokens >= tokenizer.vocabulary_size):
        raise PluginError(
            f"{told}gave ids from {np.min(tokens)} to {np.max(tokens)}; its vocabulary_size is "
            f"{tokenizer.vocabulary_size}, and every id is smaller. Tell the plugin's author."
        )
    return tokens
