"""A tiny tokenizer: words by a pattern, numbered by how often they were seen."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from voxpop.interfaces import TokenBatch
from voxpop.parts import PartConfig, TokenizerPart

_WORD = re.compile(r"\w+")


class WordTokenizerConfig(PartConfig):
    """Options of the word tokenizer."""

    vocabulary_size: Annotated[int, Field(ge=3, description="Ids in all.")] = 500
    max_length: Annotated[int, Field(ge=1, description="Words kept of a text.")] = 64


class WordTokenizer:
    """Lower-cased words; the most frequent get the smallest ids, and words never seen `oov_id`."""

    oov_id = 1  # 0 is padding

    def __init__(self, word_ids: Mapping[str, int], max_length: int) -> None:
        self._word_ids = word_ids
        self._max_length = max_length

    @property
    def vocabulary_size(self) -> int:
        """How many ids there are: padding, unknown and every known word."""
        return len(self._word_ids) + 2

    def encode(self, texts: Sequence[str]) -> TokenBatch:
        """Encode texts, in order; the first `max_length` words of each are kept."""
        rows = [
            [self._word_ids.get(word, self.oov_id) for word in words_of(text)[: self._max_length]]
            for text in texts
        ]
        lengths = np.array([len(row) for row in rows], dtype=np.int32)
        ids = np.zeros((len(rows), max(map(len, rows), default=0)), dtype=np.int32)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
        return TokenBatch(ids, lengths)

    def save(self, directory: Path) -> None:
        """Write `words.json`: the words in the order of their ids, and the longest length."""
        words = sorted(self._word_ids, key=self._word_ids.__getitem__)
        stored = json.dumps({"words": words, "max_length": self._max_length})
        (directory / "words.json").write_text(stored, encoding="utf-8")


def words_of(text: str) -> list[str]:
    """Split a text into lower-case words."""
    return _WORD.findall(text.lower())


def fit_words(config: WordTokenizerConfig, texts: Iterable[str]) -> WordTokenizer:
    """Count words; ties are broken by the alphabet, so the order of the texts never matters."""
    counts = Counter(word for text in texts for word in words_of(text))
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    kept = ranked[: config.vocabulary_size - 2]
    return WordTokenizer({word: 2 + rank for rank, word in enumerate(kept)}, config.max_length)


def load_words(directory: Path) -> WordTokenizer:
    """Read what `WordTokenizer.save` wrote."""
    stored = json.loads((directory / "words.json").read_text(encoding="utf-8"))
    word_ids = {word: 2 + rank for rank, word in enumerate(stored["words"])}
    return WordTokenizer(word_ids, stored["max_length"])


WORDS = TokenizerPart(
    name="words",
    summary="Lower-cased words by frequency; for tests",
    config=WordTokenizerConfig,
    fit=fit_words,
    load=load_words,
)
