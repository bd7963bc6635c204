import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop.baseline import training_baseline
from voxpop.tokens import TokenDataset


def encoded(rows: list[list[int]], labels: list[int]) -> TokenDataset:
    return TokenDataset(
        np.array([token for row in rows for token in row], dtype=np.int32),
        np.cumsum([0, *map(len, rows)], dtype=np.int64),
        np.array(labels, dtype=np.int64),
    )


def test_shares_by_hand() -> None:
    baseline = training_baseline(encoded([[1, 2], [1], [3, 4, 1, 1]], [0, 1, 1]), ("no", "yes"), 1)
    assert baseline.oov_share == pytest.approx(4 / 7)
    assert baseline.label_shares == pytest.approx({"no": 1 / 3, "yes": 2 / 3})
    assert baseline.length_edges == [2, 4]
    assert baseline.length_shares == pytest.approx([2 / 3, 1 / 3, 0])


def test_no_unknown_word_id_means_no_share() -> None:
    assert training_baseline(encoded([[1]], [0]), ("no", "yes"), None).oov_share is None


def test_texts_without_tokens_are_legal() -> None:
    baseline = training_baseline(encoded([[], []], [0, 1]), ("no", "yes"), 1)
    assert baseline.oov_share == 0
    assert sum(baseline.length_shares) == pytest.approx(1)


@given(st.lists(st.lists(st.integers(1, 5), max_size=9), min_size=1, max_size=40))
def test_shares_always_sum_to_one_over_ascending_edges(rows: list[list[int]]) -> None:
    baseline = training_baseline(encoded(rows, [0] * len(rows)), ("no", "yes"), 1)
    assert sum(baseline.length_shares) == pytest.approx(1)
    assert len(baseline.length_shares) == len(baseline.length_edges) + 1
    assert baseline.length_edges == sorted(set(baseline.length_edges))
