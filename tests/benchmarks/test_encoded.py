from pathlib import Path

import numpy as np
import pytest

from benchmarks.encoded import (
    VOCABULARY,
    WIDTH,
    all_rows,
    first_rows,
    given_tokens,
    padded,
    synthetic_tokens,
)


def test_synthetic_reviews_have_the_lengths_of_amazons() -> None:
    data = synthetic_tokens(4_000, seed=0)
    assert data.lengths.mean() == pytest.approx(75, abs=4)
    assert np.max(data.lengths) == WIDTH
    assert np.min(data.tokens) >= 1
    assert np.max(data.tokens) < VOCABULARY
    assert 0.45 < data.labels.mean() < 0.55


def test_synthetic_reviews_can_be_told_apart_but_not_all() -> None:
    """By counting: each token votes for the class that it came with more often elsewhere."""
    data = synthetic_tokens(8_000, seed=1)
    known, asked = first_rows(data, 0, 6_000), first_rows(data, 6_000, 8_000)
    counts = np.ones((2, VOCABULARY))
    np.add.at(counts, (np.repeat(known.labels, known.lengths), known.tokens), 1)
    weights = np.log(counts[1] / counts[1].sum()) - np.log(counts[0] / counts[0].sum())
    votes = np.add.reduceat(weights[asked.tokens], asked.offsets[:-1])
    right = ((votes > 0) == (asked.labels == 1)).mean()
    assert 0.65 < right < 0.97


def test_parts_keep_their_rows() -> None:
    data = synthetic_tokens(50, seed=2)
    part = first_rows(data, 10, 30)
    assert len(part) == 20
    expected = data.batch(np.arange(10, 30))
    np.testing.assert_array_equal(all_rows(part).ids, expected.ids)
    np.testing.assert_array_equal(part.labels, data.labels[10:30])
    assert padded(expected).shape == (20, WIDTH)
    assert padded(expected).sum() == expected.ids.sum()


def test_given_reviews_keep_their_labels(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text("label,title,content\n" + "0,Bad,bad\n1,Good,good good good\n" * 20)
    data = given_tokens([file], seed=0)
    assert sorted(set(zip(data.lengths.tolist(), data.labels.tolist(), strict=True))) == [
        (2, 0),
        (4, 1),
    ]
    assert data.labels.tolist() != [0, 1] * 20, "in random order"
