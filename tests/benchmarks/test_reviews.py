"""The texts of the benchmarks have the shape that is claimed of them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from benchmarks.reviews import given_reviews, movie_reviews, synthetic_reviews


def test_synthetic_reviews_depend_on_their_seed_alone() -> None:
    assert synthetic_reviews(50, seed=3) == synthetic_reviews(50, seed=3)
    assert synthetic_reviews(50, seed=3) != synthetic_reviews(50, seed=4)


def test_synthetic_reviews_have_the_lengths_and_the_words_of_real_ones() -> None:
    texts = synthetic_reviews(2_000)
    words = [text.lower().replace("'s", "").split() for text in texts]
    lengths = sorted(map(len, words))
    assert len(texts) == 2_000
    assert sum(lengths) / 2_000 == pytest.approx(80, rel=0.05)
    assert lengths[1_000] == pytest.approx(71, rel=0.05)
    assert sum(length > 128 for length in lengths) / 2_000 == pytest.approx(0.15, abs=0.03)
    different = {word.strip(",.!") for text in words for word in text}
    assert 12_000 < len(different) < 20_000  # Amazon: 14,800 in 2,000 texts
    assert sum(not text.isascii() for text in texts) == 8


def test_movie_reviews_are_the_imdb_texts() -> None:
    texts = movie_reviews(200)
    assert len(texts) == 200
    assert sum(map(len, texts)) / 200 > 800  # Rotten Tomatoes has single sentences


def test_given_reviews_join_title_and_content(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    plain.write_text("label,title,content\n0,None,Broke\n")
    packed.write_bytes(gzip.compress(b"label,title,content\n1,Great!,I love it\n"))
    assert given_reviews([plain, packed]) == ["None. Broke", "Great! I love it"]
