"""The file format of the Keras Tokenizer: what its `to_json` writes.

Source: `keras/src/legacy/preprocessing/text.py` of Keras 3.15, `Tokenizer.get_config` and
`tokenizer_from_json`. The last five fields are JSON in strings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class KerasVocabulary:
    """What a fitted Keras Tokenizer knows; the fields are named as Keras names them.

    Only words that `texts_to_sequences` can give are kept: an id below `num_words`, and the OOV
    token. Keras writes every word ever seen, most of them once: hundreds of megabytes for millions
    of reviews. None of its methods that make or read sequences or matrices can tell the difference.
    """

    num_words: int | None  # None or 0: every word
    filters: str
    lower: bool
    split: str
    oov_token: str | None
    document_count: int
    word_counts: Mapping[str, int]  # occurrences; in order of first sight
    word_docs: Mapping[str, int]  # texts with the word
    word_index: Mapping[str, int]  # ids from 1, most frequent first after the OOV token

    def to_json(self) -> str:
        """Write what Keras' `tokenizer_from_json` reads."""
        index = self.word_index
        index_docs = {index[word]: count for word, count in self.word_docs.items()}
        config = {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": False,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
            "word_counts": json.dumps(dict(self.word_counts)),
            "word_docs": json.dumps(dict(self.word_docs)),
            "index_docs": json.dumps(index_docs),
            "index_word": json.dumps({id_: word for word, id_ in index.items()}),
            "word_index": json.dumps(dict(index)),
        }
        return json.dumps({"class_name": "Tokenizer", "config": config})

    @classmethod
    def from_json(cls, text: str | bytes) -> KerasVocabulary:
        """Read what Keras' `Tokenizer.to_json` wrote.

        Raises:
            ValueError: it is not that, or it splits into characters, which reviews never want.
        """
        config = _record(_record(_parsed(text), "the file").get("config"), "config")
        if config.get("char_level") is not False:
            raise ValueError("char_level must be false: only words are supported")
        split = _field(config, "split", str)
        if not split:
            raise ValueError("split must not be empty")
        num_words = None if config.get("num_words") is None else _count(config, "num_words")
        oov_token = None if config.get("oov_token") is None else _field(config, "oov_token", str)
        word_index = _counts(config, "word_index")
        if not all(0 < id_ < 2**31 for id_ in word_index.values()):
            raise ValueError("word_index must hold ids from 1 to 2**31 - 1")
        if oov_token is not None and oov_token not in word_index:
            raise ValueError(f"word_index must hold the oov_token {oov_token!r}")
        kept = {
            word: id_
            for word, id_ in word_index.items()
            if not num_words or id_ < num_words or word == oov_token
        }
        return cls(
            num_words=num_words,
            filters=_field(config, "filters", str),
            lower=_field(config, "lower", bool),
            split=split,
            oov_token=oov_token,
            document_count=_count(config, "document_count"),
            word_counts={w: n for w, n in _counts(config, "word_counts").items() if w in kept},
            word_docs={w: n for w, n in _counts(config, "word_docs").items() if w in kept},
            word_index=kept,
        )


def _parsed(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _record(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be a JSON object")
    return value


def _field(config: dict[str, Any], name: str, kind: type[V]) -> V:
    value = config.get(name)
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be a {kind.__name__}, not {type(value).__name__}")
    return value


def _count(config: dict[str, Any], name: str) -> int:
    value = config.get(name)
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} must be a whole number from 0")
    return value


def _counts(config: dict[str, Any], name: str) -> dict[str, int]:
    text = _field(config, name, str)
    try:
        parsed = _parsed(text)
    except ValueError as error:
        raise ValueError(f"{name} must be JSON in a string: {error}") from error
    counts = _record(parsed, name)
    if not all(type(count) is int and count >= 0 for count in counts.values()):
        raise ValueError(f"{name} must hold whole numbers from 0")
    return counts
