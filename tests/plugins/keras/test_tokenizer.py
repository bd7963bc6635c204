"""The keras tokenizer by itself; the tests `..._against_keras` hold it against the real one."""

from __future__ import annotations

import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop import TokenizerPart
from voxpop.testing import TokenizerConformance
from voxpop_plugins.keras.plugin import voxpop_tokenizers
from voxpop_plugins.keras.tokenizer import KerasTokenizer, fit, load
from voxpop_plugins.keras.tokenizer_config import KerasTokenizerConfig

TEXTS = (
    "Broke in a week. A waste of money!",
    "A gift for my sister, she loves it; I love it...",
    "Don't buy it: broke",
    "",
)


class TestKerasTokenizerConformance(TokenizerConformance):
    @pytest.fixture
    def part(self) -> TokenizerPart[KerasTokenizerConfig]:
        (part,) = voxpop_tokenizers()
        return part


class TestKerasTokenizerThatDropsUnknownWordsConformance(TokenizerConformance):
    @pytest.fixture
    def part(self) -> TokenizerPart[KerasTokenizerConfig]:
        (part,) = voxpop_tokenizers()
        return part

    @pytest.fixture
    def config(self) -> KerasTokenizerConfig:
        return KerasTokenizerConfig(oov_token="", vocabulary_size=7, max_length=3)


def fitted(**options: object) -> KerasTokenizer:
    return fit(KerasTokenizerConfig.model_validate(options), iter(TEXTS))


def test_the_defaults_are_10_000_words_and_128_tokens() -> None:
    config = KerasTokenizerConfig()
    assert (config.vocabulary_size, config.max_length, config.oov_token) == (10_000, 128, "<OOV>")


def test_frequent_words_come_first_and_ties_keep_the_order_of_first_sight() -> None:
    words = list(fitted().vocabulary.word_index)
    assert words[:7] == ["<OOV>", "a", "it", "broke", "in", "week", "waste"]
    assert fitted().vocabulary.word_index["<OOV>"] == fitted().oov_id == 1


def test_the_apostrophe_stays_in_its_word() -> None:
    assert "don't" in fitted().vocabulary.word_index


def test_a_vocabulary_of_n_ids_is_padding_unknown_and_n_minus_2_words() -> None:
    tokenizer = fitted(vocabulary_size=5)
    assert tokenizer.vocabulary_size == 5
    assert list(tokenizer.vocabulary.word_index) == ["<OOV>", "a", "it", "broke"]


def test_fewer_words_than_the_vocabulary_may_hold_make_fewer_ids() -> None:
    tokenizer = fit(KerasTokenizerConfig(), ["good bad"])
    assert tokenizer.vocabulary_size == 4
    assert tokenizer.encode(["good bad"]).ids.tolist() == [[2, 3]]


def test_unknown_words_are_marked() -> None:
    assert fitted().encode(["it sparkled, it broke"]).ids.tolist() == [[3, 1, 3, 4]]


def test_unknown_words_are_dropped_before_the_cut_when_there_is_no_oov_token() -> None:
    tokenizer = fitted(oov_token="", max_length=2)
    assert tokenizer.oov_id is None
    batch = tokenizer.encode(["it sparkled, it broke"])
    assert batch.ids.tolist() == [[2, 2]]


def test_the_first_tokens_are_kept_and_padding_follows_the_text() -> None:
    batch = fitted(max_length=3).encode(["a it broke week", "", "it"])
    assert batch.ids.tolist() == [[2, 3, 4], [0, 0, 0], [3, 0, 0]]
    assert batch.lengths.tolist() == [3, 0, 1]


def test_a_batch_may_have_no_rows_or_no_width() -> None:
    assert fitted().encode([]).ids.shape == (0, 0)
    assert fitted().encode(["", "?!"]).ids.shape == (2, 0)


def test_the_ids_can_be_written() -> None:
    batch = fitted().encode(["a gift"])
    batch.ids[0, 0] = 0
    assert fitted().encode(["a gift"]).ids[0, 0] == 2


def test_fitting_on_nothing_leaves_the_unknown_word() -> None:
    tokenizer = fit(KerasTokenizerConfig(), [])
    assert tokenizer.vocabulary_size == 2
    assert tokenizer.encode(["good"]).ids.tolist() == [[1]]


def test_fitting_keeps_no_text() -> None:
    class Review(str):  # plain strings cannot be referred to weakly
        pass

    seen: list[weakref.ref[Review]] = []

    def stream() -> Iterator[str]:
        for number in range(100):
            review = Review(f"good {number}")
            seen.append(weakref.ref(review))
            yield review

    fit(KerasTokenizerConfig(), stream())
    assert len(seen) == 100
    assert not any(review() is not None for review in seen)


def test_counts_do_not_depend_on_how_many_texts_are_counted_at_once() -> None:
    # More tokens than are counted at once, in texts that repeat words.
    texts = [f"good good w{number % 700} bad w{number % 11}" for number in range(60_000)]
    vocabulary = fit(KerasTokenizerConfig(), texts).vocabulary
    assert vocabulary.document_count == 60_000
    assert (vocabulary.word_counts["good"], vocabulary.word_docs["good"]) == (120_000, 60_000)
    named_w0 = [number % 700 == 0 or number % 11 == 0 for number in range(60_000)]
    assert vocabulary.word_docs["w0"] == sum(named_w0)
    assert list(vocabulary.word_index)[:4] == ["<OOV>", "good", "bad", "w0"]


@given(st.lists(st.text(st.characters(), max_size=30), max_size=6))
def test_a_text_gets_the_same_ids_in_any_company(texts: list[str]) -> None:
    tokenizer = fit(KerasTokenizerConfig(max_length=4), texts[::2])
    batch = tokenizer.encode(texts)
    for text, ids, length in zip(texts, batch.ids, batch.lengths, strict=True):
        alone = tokenizer.encode([text])
        assert alone.ids[0].tolist() == ids[:length].tolist()
        assert not ids[length:].any()
    assert batch.ids.shape == (len(texts), max(batch.lengths, default=0))
    assert batch.ids.dtype == batch.lengths.dtype == np.int32


@given(st.lists(st.sampled_from(["good", "bad", "new", "!"]), max_size=12), st.integers(1, 12))
def test_a_cut_text_is_a_prefix(words: list[str], max_length: int) -> None:
    text = " ".join(words)
    whole = fit(KerasTokenizerConfig(), ["good bad"]).encode([text]).ids[0]
    cut = fit(KerasTokenizerConfig(max_length=max_length), ["good bad"]).encode([text]).ids[0]
    assert cut.tolist() == whole[:max_length].tolist()


def test_saving_what_was_loaded_writes_the_same_files(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    fitted(vocabulary_size=9, max_length=5).save(first)
    load(first).save(second)
    written = {file.name: file.read_bytes() for file in first.iterdir()}
    assert set(written) == {"tokenizer.json", "encoding.json"}
    assert {file.name: file.read_bytes() for file in second.iterdir()} == written
    assert load(second).max_length == 5


def test_everything_works_where_tensorflow_and_keras_are_missing(tmp_path: Path) -> None:
    program = f"""
import sys
sys.modules.update(dict.fromkeys(("tensorflow", "keras", "jax", "torch")))  # None: not importable
from pathlib import Path
from voxpop_plugins.keras.tokenizer import fit, load
from voxpop_plugins.keras.tokenizer_config import KerasTokenizerConfig
directory = Path({str(tmp_path)!r})
fit(KerasTokenizerConfig(), {TEXTS!r}).save(directory)
print(load(directory).encode(["it sparkled"]).ids.tolist())
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.stdout, ran.returncode) == ("[[3, 1]]\n", 0), ran.stderr
