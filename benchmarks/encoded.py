"""The encoded, labelled reviews that the model's benchmarks run on."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voxpop import TokenBatch, TokenDataset, review_text
from voxpop_plugins.keras import tokenizer
from voxpop_plugins.keras.tokenizer_config import KerasTokenizerConfig

VOCABULARY = 10_000
WIDTH = 128

_FIRST_WORD, _POLAR_WORDS = 200, 400  # of each class; neither the commonest words nor rare ones
_POLAR_SHARE, _HONEST_SHARE = 0.15, 0.8


def synthetic_tokens(count: int, *, seed: int) -> TokenDataset:
    """Make reviews of two classes with the lengths of Amazon's: 75 tokens a text after the cut.

    Common ids come more often (Zipf's law). One token in seven tells the class, and one of five
    such tokens lies, so that a model has something to learn and nobody gets all of it right.
    """
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    lengths = np.minimum(np.clip(rng.lognormal(np.log(70), 0.55, count), 8, 213), WIDTH)
    offsets = np.concatenate(([0], np.cumsum(lengths.astype(np.int64))))
    total = int(offsets[-1])
    shares = 1.0 / (np.arange(1, VOCABULARY) + 5.0)
    cumulated = np.cumsum(shares) / shares.sum()
    tokens = 1 + np.minimum(np.searchsorted(cumulated, rng.random(total)), VOCABULARY - 2)
    polar = np.flatnonzero(rng.random(total) < _POLAR_SHARE)
    said = np.repeat(labels, np.diff(offsets))[polar]
    said = np.where(rng.random(len(polar)) < _HONEST_SHARE, said, 1 - said)
    tokens[polar] = _FIRST_WORD + said * _POLAR_WORDS + rng.integers(0, _POLAR_WORDS, len(polar))
    return TokenDataset(tokens.astype(np.int32), offsets, labels.astype(np.int64))


def given_tokens(files: Iterable[Path], *, seed: int) -> TokenDataset:
    """Read CSV files (or .csv.gz) with `label`, `title` and `content`, in random order."""
    texts, labels = [], []
    for file in files:
        open_text = gzip.open if file.suffix == ".gz" else open
        with open_text(file, "rt", encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                texts.append(review_text(row["title"], row["content"]))
                labels.append(int(row["label"]))
    order = np.random.default_rng(seed).permutation(len(texts))
    words = tokenizer.fit(KerasTokenizerConfig(), texts)
    batch = words.encode([texts[at] for at in order])
    inside = np.arange(batch.ids.shape[1]) < batch.lengths[:, np.newaxis]
    offsets = np.concatenate(([0], np.cumsum(batch.lengths, dtype=np.int64)))
    return TokenDataset(batch.ids[inside], offsets, np.array(labels, dtype=np.int64)[order])


def first_rows(data: TokenDataset, start: int, stop: int) -> TokenDataset:
    """Give the rows `start` .. `stop - 1` as a data set of their own."""
    offsets = data.offsets[start : stop + 1]
    tokens = data.tokens[offsets[0] : offsets[-1]]
    return TokenDataset(tokens, offsets - offsets[0], data.labels[start:stop])


def padded(batch: TokenBatch, width: int = WIDTH) -> NDArray[np.int32]:
    """Give the ids of a batch padded to `width`, as `pad_sequences` does after the text."""
    ids = np.zeros((len(batch), width), np.int32)
    ids[:, : batch.ids.shape[1]] = batch.ids
    return ids


def all_rows(data: TokenDataset) -> TokenBatch:
    """Give the whole data set as one batch."""
    return data.batch(np.arange(len(data)))


def mean_length(data: TokenDataset | Sequence[TokenBatch]) -> float:
    """Give the tokens a text."""
    if isinstance(data, TokenDataset):
        return float(data.lengths.mean())
    return float(np.concatenate([batch.lengths for batch in data]).mean())
