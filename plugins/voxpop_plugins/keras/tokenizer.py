"""The `keras` tokenizer: the ids of the legacy Keras Tokenizer, without Keras."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count, islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voxpop import BundleError, TokenBatch
from voxpop_plugins.keras.tokenizer_config import KerasTokenizerConfig
from voxpop_plugins.keras.tokenizer_json import KerasVocabulary
from voxpop_plugins.keras.tokenizer_words import WordSplitter

if TYPE_CHECKING:
    from numpy.typing import NDArray

VOCABULARY_NAME = "tokenizer.json"
ENCODING_NAME = "encoding.json"  # what Keras leaves to pad_sequences

_SPLIT = " "
_ID_BYTES = np.dtype(np.int32).itemsize
_TOKENS_AT_ONCE = 2**18


class KerasTokenizer:
    """Gives the ids of Keras' `texts_to_sequences`, cut and padded after the text.

    Attributes:
        vocabulary: what Keras' file holds, less the words that never get an id
        max_length: how many tokens of a text are kept: its first ones
        vocabulary_size: every id is smaller than this
        oov_id: the id of every unknown word; None when unknown words are dropped
    """

    def __init__(self, vocabulary: KerasVocabulary, max_length: int) -> None:
        self.vocabulary = vocabulary
        self.max_length = max_length
        index, oov_token = vocabulary.word_index, vocabulary.oov_token
        self.vocabulary_size = max(index.values(), default=0) + 1
        self.oov_id = None if oov_token is None else index[oov_token]
        self._words = WordSplitter(
            filters=vocabulary.filters, lower=vocabulary.lower, split=vocabulary.split
        )
        # Ids are kept as the bytes of an int32: joined they are the row of the array.
        self._packed = {self._words.key(word): _pack(id_) for word, id_ in index.items()}
        self._packed_oov = None if self.oov_id is None else _pack(self.oov_id)

    def encode(self, texts: Sequence[str]) -> TokenBatch:
        """Encode texts, in order: each its first `max_length` tokens, as wide as the longest."""
        rows = [self._encode_one(text) for text in texts]
        lengths = np.array([len(row) // _ID_BYTES for row in rows], np.int32)
        longest = max(map(len, rows), default=0)
        padded = bytearray().join([row.ljust(longest, b"\0") for row in rows])
        ids = np.ndarray((len(rows), longest // _ID_BYTES), np.int32, padded)
        return TokenBatch(ids, lengths)

    def save(self, directory: Path) -> None:
        """Write Keras' own file, and beside it what Keras does not keep."""
        vocabulary = self.vocabulary.to_json()
        (directory / VOCABULARY_NAME).write_text(vocabulary, encoding="utf-8")
        encoding = json.dumps({"max_length": self.max_length})
        (directory / ENCODING_NAME).write_text(encoding, encoding="utf-8")

    def _encode_one(self, text: str) -> bytes:
        if self._packed_oov is None:  # Keras drops unknown words before the cut
            known = filter(None, map(self._packed.get, self._words.keys(text)))
            return b"".join(islice(known, self.max_length))
        keys = self._words.first_keys(text, self.max_length)
        return b"".join(map(self._packed.get, keys, repeat(self._packed_oov)))


def fit(config: KerasTokenizerConfig, texts: Iterable[str]) -> KerasTokenizer:
    """Count the words of a stream of texts and keep the most frequent ones.

    Among words of one count the one seen first comes first. Memory grows with the number of
    different words, not with the number of texts.
    """
    splitter = WordSplitter(filters=config.filters, lower=config.lower, split=_SPLIT)
    words = _WordCounter(splitter)
    for text in texts:
        words.add(text)
    words.flush()

    oov_token = config.oov_token or None
    reserved = [] if oov_token is None else [oov_token]
    most = config.vocabulary_size - 1 - len(reserved)
    ranked = np.argsort(-words.counts, kind="stable")[:most].tolist()
    keys = list(words.slots)
    names = {slot: splitter.word(keys[slot]) for slot in sorted(ranked)}
    vocabulary = KerasVocabulary(
        num_words=config.vocabulary_size,
        filters=config.filters,
        lower=config.lower,
        split=_SPLIT,
        oov_token=oov_token,
        document_count=words.documents,
        word_counts={name: int(words.counts[slot]) for slot, name in names.items()},
        word_docs={name: int(words.document_counts[slot]) for slot, name in names.items()},
        word_index={
            word: id_
            for id_, word in enumerate(reserved + [names[slot] for slot in ranked], start=1)
        },
    )
    return KerasTokenizer(vocabulary, config.max_length)


def load(directory: Path) -> KerasTokenizer:
    """Read what `KerasTokenizer.save` wrote.

    Raises:
        BundleError: a file is missing or is not what it should be; the message names it.
    """
    file = directory / VOCABULARY_NAME
    try:
        vocabulary = KerasVocabulary.from_json(_read(file))
    except ValueError as error:
        raise BundleError(
            f"{file} is not what the Keras Tokenizer's to_json writes: {error}. "
            "Fetch the version again or train it anew."
        ) from error
    return KerasTokenizer(vocabulary, _read_max_length(directory / ENCODING_NAME))


class _WordCounter:
    """Counts words by numbers ("slots") given in order of first sight.

    Looking a word up is the one step a word; all counting is done by numpy, many texts at once.
    """

    def __init__(self, splitter: WordSplitter) -> None:
        self.slots: defaultdict[bytes, int] = defaultdict(count().__next__)
        self.counts: NDArray[np.int64] = np.zeros(0, np.int64)  # occurrences of each slot's word
        self.document_counts: NDArray[np.int64] = np.zeros(0, np.int64)  # texts with it
        self.documents = 0
        self._keys = splitter.keys
        self._tokens: list[int] = []
        self._lengths: list[int] = []

    def add(self, text: str) -> None:
        """Count one text, now or at the next flush."""
        keys = self._keys(text)
        self._lengths.append(len(keys))
        self._tokens += map(self.slots.__getitem__, keys)
        if len(self._tokens) > _TOKENS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Count what was added."""
        known = len(self.slots)
        tokens = np.array(self._tokens, np.int64)
        self.counts = _grown(self.counts, known) + np.bincount(tokens, minlength=known)

        texts = np.repeat(np.arange(len(self._lengths)), self._lengths)
        pairs = np.sort(texts * known + tokens)  # equal pairs: the same word of the same text
        first = np.diff(pairs, prepend=-1) != 0
        self.document_counts = _grown(self.document_counts, known) + np.bincount(
            pairs[first] % max(known, 1), minlength=known
        )
        self.documents += len(self._lengths)
        self._tokens, self._lengths = [], []


def _grown(counts: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    return np.concatenate([counts, np.zeros(size - len(counts), np.int64)])


def _pack(id_: int) -> bytes:
    return np.int32(id_).tobytes()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BundleError(f"{file} cannot be read: {error.strerror}") from error


def _read_max_length(file: Path) -> int:
    try:
        settings = json.loads(_read(file))
        max_length = settings.get("max_length") if isinstance(settings, dict) else None
        if type(max_length) is not int or max_length < 1:
            raise ValueError("it holds something else")
    except (ValueError, RecursionError) as error:
        raise BundleError(
            f'{file} must hold {{"max_length": N}} with N from 1 up, the number of tokens kept of '
            f"a text: {error}"
        ) from error
    return max_length
