"""A tokenizer that hears loudness: a word in capitals and each exclamation mark is a token, too."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from pydantic import Field

from voxpop import PartConfig, TokenBatch

LOUD = "(loud)"
_TOKEN = re.compile(r"\w+|!")


class ShoutTokenizerConfig(PartConfig):
    """Options of the tokenizer `shout`."""

    vocabulary_size: int = Field(default=5_000, ge=3, description="ids, padding included")
    max_length: int = Field(default=128, ge=1, description="tokens kept of a text")


class ShoutTokenizer:
    """Numbers tokens by frequency, from 2; 0 is padding and 1 a token never seen."""

    oov_id = 1

    def __init__(self, tokens: Sequence[str], max_length: int) -> None:
        self._tokens = tokens
        self._ids = {token: 2 + place for place, token in enumerate(tokens)}
        self._max_length = max_length

    @property
    def vocabulary_size(self) -> int:
        """How many ids there are, padding and unknown included."""
        return len(self._tokens) + 2

    def encode(self, texts: Sequence[str]) -> TokenBatch:
        """Encode texts, in order; the first tokens of each are kept."""
        rows = [[self._ids.get(t, 1) for t in tokens_of(x)[: self._max_length]] for x in texts]
        ids = np.zeros((len(rows), max(map(len, rows), default=0)), dtype=np.int32)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
        return TokenBatch(ids, np.array([len(row) for row in rows], dtype=np.int32))

    def save(self, directory: Path) -> None:
        """Write `tokens.json`."""
        stored = {"tokens": list(self._tokens), "max_length": self._max_length}
        (directory / "tokens.json").write_text(json.dumps(stored), encoding="utf-8")


def tokens_of(text: str) -> list[str]:
    """Split a text into lower-case words and marks; a word in capitals is followed by LOUD."""
    tokens = []
    for found in _TOKEN.findall(text):
        tokens.append(found.lower())
        if len(found) > 1 and found.isupper():
            tokens.append(LOUD)
    return tokens


def fit_tokenizer(config: ShoutTokenizerConfig, texts: Iterable[str]) -> ShoutTokenizer:
    """Count tokens; ties are broken by the alphabet."""
    counts = Counter(token for text in texts for token in tokens_of(text))
    ranked = sorted(counts, key=lambda token: (-counts[token], token))
    return ShoutTokenizer(ranked[: config.vocabulary_size - 2], config.max_length)


def load_tokenizer(directory: Path) -> ShoutTokenizer:
    """Read what `ShoutTokenizer.save` wrote."""
    stored = json.loads((directory / "tokens.json").read_text(encoding="utf-8"))
    return ShoutTokenizer(stored["tokens"], stored["max_length"])
