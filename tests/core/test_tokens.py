from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from voxpop.data.split import Split
from voxpop.errors import PluginError
from voxpop.events import Event, Progress, RunStopped, ignore_events
from voxpop.interfaces import TokenBatch
from voxpop.testing import RecordingListener, WordTokenizerConfig, fit_words
from voxpop.tokens import TokenDataset

row_lists = st.lists(st.lists(st.integers(1, 99), max_size=12), max_size=60)


def dataset(rows: Sequence[Sequence[int]]) -> TokenDataset:
    """Row i has label i, so that a label tells which row it belongs to."""
    flat = np.array([token for row in rows for token in row], dtype=np.int32)
    offsets = np.concatenate(([0], np.cumsum([len(row) for row in rows], dtype=np.int64)))
    return TokenDataset(flat, offsets.astype(np.int64), np.arange(len(rows), dtype=np.int64))


def of_lengths(lengths: NDArray[np.int64]) -> TokenDataset:
    offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    return TokenDataset(
        np.ones(int(offsets[-1]), np.int32), offsets, np.zeros(len(lengths), np.int64)
    )


def rows_of(batch: TokenBatch) -> list[list[int]]:
    return [row[:length].tolist() for row, length in zip(batch.ids, batch.lengths, strict=True)]


class TestBatch:
    @given(row_lists, st.data())
    def test_rows_come_back_in_the_order_asked_for(
        self, rows: list[list[int]], data: st.DataObject
    ) -> None:
        chosen = data.draw(st.lists(st.integers(0, len(rows) - 1)) if rows else st.just([]))
        batch = dataset(rows).batch(np.array(chosen, dtype=np.int64))
        assert rows_of(batch) == [rows[at] for at in chosen]

    @given(row_lists.filter(bool))
    def test_a_batch_is_as_wide_as_its_longest_row_and_zero_beyond(
        self, rows: list[list[int]]
    ) -> None:
        batch = dataset(rows).batch(np.arange(len(rows)))
        assert batch.ids.dtype == batch.lengths.dtype == np.int32
        assert batch.ids.shape == (len(rows), max(len(row) for row in rows))
        padding = np.arange(batch.ids.shape[1]) >= batch.lengths[:, np.newaxis]
        assert not batch.ids[padding].any()


class TestEpochs:
    @given(row_lists, st.integers(1, 9), st.integers(0, 5))
    def test_shuffled_gives_every_row_once(
        self, rows: list[list[int]], batch_size: int, seed: int
    ) -> None:
        seen: list[int] = []
        for numbers, batch in dataset(rows).shuffled(batch_size, np.random.default_rng(seed)):
            assert 1 <= len(numbers) <= batch_size
            assert rows_of(batch) == [rows[at] for at in numbers]
            seen += numbers.tolist()
        assert sorted(seen) == list(range(len(rows)))

    @given(row_lists, st.integers(1, 9))
    def test_by_length_gives_every_row_once_shortest_first(
        self, rows: list[list[int]], batch_size: int
    ) -> None:
        seen: list[int] = []
        for numbers, batch in dataset(rows).by_length(batch_size):
            assert 1 <= len(numbers) <= batch_size
            assert rows_of(batch) == [rows[at] for at in numbers]
            seen += numbers.tolist()
        assert sorted(seen) == list(range(len(rows)))
        lengths = [len(rows[at]) for at in seen]
        assert lengths == sorted(lengths)

    def test_an_epoch_has_as_many_batches_as_fit_loops_count(self) -> None:
        data = of_lengths(np.arange(1_001) % 7)
        for batch_size in (1, 8, 64, 1_000, 1_001, 5_000):
            batches = list(data.shuffled(batch_size, np.random.default_rng(0)))
            assert len(batches) == -(-1_001 // batch_size)

    def test_the_seed_decides_the_order(self) -> None:
        data = of_lengths(np.random.default_rng(0).integers(0, 50, 500))

        def order(seed: int) -> list[int]:
            rng = np.random.default_rng(seed)
            return [row for numbers, _ in data.shuffled(16, rng) for row in numbers.tolist()]

        assert order(1) == order(1)
        assert order(1) != order(2)

    def test_the_tokens_do_not_decide_the_order(self) -> None:
        lengths = np.random.default_rng(0).integers(0, 50, 500)
        one, other = of_lengths(lengths), of_lengths(lengths)
        other.tokens = other.tokens + 1
        for (rows, _), (others, _) in zip(
            one.shuffled(16, np.random.default_rng(3)),
            other.shuffled(16, np.random.default_rng(3)),
            strict=True,
        ):
            assert rows.tolist() == others.tolist()

    def test_a_row_has_other_company_in_the_next_epoch(self) -> None:
        data = of_lengths(np.full(400, 5))
        rng = np.random.default_rng(0)

        def company() -> set[frozenset[int]]:
            return {frozenset(rows.tolist()) for rows, _ in data.shuffled(8, rng)}

        assert not company() & company()

    def test_long_and_short_batches_are_mixed(self) -> None:
        data = of_lengths(np.repeat([2, 100], 800))
        widths = [batch.ids.shape[1] for _, batch in data.shuffled(16, np.random.default_rng(0))]
        halves = np.mean(widths[: len(widths) // 2]), np.mean(widths[len(widths) // 2 :])
        assert abs(halves[0] - halves[1]) < 30

    @pytest.mark.parametrize("batch_size", [32, 64, 128])
    def test_little_padding_is_computed(self, batch_size: int) -> None:
        rng = np.random.default_rng(0)
        lengths = np.minimum(rng.lognormal(4.2, 0.6, 20_000).astype(np.int64), 128)
        data = of_lengths(lengths)
        cells = sum(batch.ids.size for _, batch in data.shuffled(batch_size, rng))
        assert cells < 1.05 * lengths.sum()
        assert len(lengths) * 128 > 1.6 * lengths.sum()  # what padding all to 128 would cost


class TestWrite:
    texts = ("good good book", "", "a bad book", "good")

    def split(self) -> Split:
        return Split.from_rows(self.texts, [1, 0, 0, 1])

    def test_the_file_holds_what_the_tokenizer_said(self, tmp_path: Path) -> None:
        tokenizer = fit_words(WordTokenizerConfig(), self.texts)
        file = tmp_path / "train.tokens"
        data = TokenDataset.write(file, tokenizer, self.split(), ignore_events, "encoding")
        assert rows_of(data.batch(np.arange(4))) == rows_of(tokenizer.encode(self.texts))
        assert data.lengths.tolist() == [3, 0, 3, 1]
        assert data.labels.tolist() == [1, 0, 0, 1]
        assert np.fromfile(file, "<i4").tolist() == data.tokens.tolist()

    def test_the_tokens_stay_on_the_disk(self, tmp_path: Path) -> None:
        tokenizer = fit_words(WordTokenizerConfig(), self.texts)
        data = TokenDataset.write(
            tmp_path / "tokens", tokenizer, self.split(), ignore_events, "encoding"
        )
        assert isinstance(data.tokens.base, np.memmap)
        assert not data.tokens.flags.writeable

    @pytest.mark.parametrize("texts", [[], ["", " "]])
    def test_splits_without_any_token_are_legal(self, texts: list[str], tmp_path: Path) -> None:
        tokenizer = fit_words(WordTokenizerConfig(), ["something else"])
        split = Split.from_rows(texts, [0] * len(texts))
        data = TokenDataset.write(tmp_path / "t", tokenizer, split, ignore_events, "encoding")
        assert len(data) == len(texts)
        assert data.batch(np.arange(len(texts))).ids.shape == (len(texts), 0)
        assert sum(len(rows) for rows, _ in data.by_length(8)) == len(texts)

    def test_progress_is_told(self, tmp_path: Path) -> None:
        listener = RecordingListener()
        split = Split.from_rows(["good"] * 2_500, [0] * 2_500)
        tokenizer = fit_words(WordTokenizerConfig(), ["good"])
        TokenDataset.write(tmp_path / "t", tokenizer, split, listener, "encoding train")
        told = listener.of(Progress)
        assert [event.done for event in told] == [1_000, 2_000, 2_500]
        assert {(event.stage, event.total) for event in told} == {("encoding train", 2_500)}

    def test_a_listener_can_stop_it(self, tmp_path: Path) -> None:
        def stop(event: Event) -> None:
            raise RunStopped

        tokenizer = fit_words(WordTokenizerConfig(), self.texts)
        with pytest.raises(RunStopped):
            TokenDataset.write(tmp_path / "t", tokenizer, self.split(), stop, "encoding")

    @pytest.mark.parametrize(
        ("ids", "lengths", "message"),
        [
            ([[1, 2]] * 3, [1] * 3, r"given 4 texts and gave ids of shape \(3, 2\)"),
            ([[1, 2]] * 4, [1] * 3, r"lengths of shape \(3,\)"),
            ([1, 2, 3, 4], [1] * 4, r"ids of shape \(4,\)"),
            ([[1, 2]] * 4, [1, 3, 1, 1], r"lengths from 1 to 3 beside ids of width 2"),
            ([[1, 2]] * 4, [1, -1, 1, 1], r"lengths from -1 to 1"),
            ([[1, 9]] * 4, [2, 1, 1, 1], r"ids from 1 to 9; its vocabulary_size is 9"),
            ([[1, -2]] * 4, [2, 1, 1, 1], r"ids from -2 to 1"),
        ],
    )
    def test_a_tokenizer_that_breaks_its_contract_is_refused(
        self, ids: list[list[int]], lengths: list[int], message: str, tmp_path: Path
    ) -> None:
        class Broken:
            vocabulary_size = 9

            def encode(self, texts: Sequence[str]) -> TokenBatch:
                return TokenBatch(np.array(ids, np.int32), np.array(lengths, np.int32))

            def save(self, directory: Path) -> None:
                raise AssertionError

        with pytest.raises(PluginError, match=message):
            TokenDataset.write(tmp_path / "t", Broken(), self.split(), ignore_events, "encoding")

    def test_what_lies_beyond_a_length_is_never_kept(self, tmp_path: Path) -> None:
        class Dirty:
            vocabulary_size = 9

            def encode(self, texts: Sequence[str]) -> TokenBatch:
                ids = np.array([[1, 2, -7], [99, 99, 99], [3, 4, 5], [6, 99, -1]], np.int32)
                return TokenBatch(ids, np.array([2, 0, 3, 1], np.int32))

            def save(self, directory: Path) -> None:
                raise AssertionError

        data = TokenDataset.write(tmp_path / "t", Dirty(), self.split(), ignore_events, "encoding")
        assert data.tokens.tolist() == [1, 2, 3, 4, 5, 6]
