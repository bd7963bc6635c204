"""The texts that benchmarks run on: synthetic reviews, the movie reviews, files that are given."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from voxpop import review_text
from voxpop_plugins.movie_reviews.resource import find_reviews

# Shaped after 20,003 Amazon reviews: 80 words a text, median 71, one in six above 128; 53,265
# different words in all, "the" 5 % of them; 434 characters a text; 0.4 % of the texts not ASCII.
_WORDS = 300_000
_ZIPF_EXPONENT, _ZIPF_OFFSET = 1.35, 5.0  # Zipf-Mandelbrot: p(rank) ~ (rank + offset) ** -exponent
_LETTERS_BY_RANK = ((10, 2), (100, 4), (1_000, 5), (10_000, 7), (_WORDS, 8))  # up to that rank
_AFTER_A_WORD = (" ",) * 24 + (", ",) * 3 + (". ", ".  ", "! ", "'s ", "... ")
_LETTERS = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))


def synthetic_reviews(count: int, *, seed: int = 0) -> list[str]:
    """Make texts with the lengths and the word frequencies of Amazon reviews; no words in them."""
    rng = np.random.default_rng(seed)
    words = _words(rng)
    shares = (np.arange(1, _WORDS + 1) + _ZIPF_OFFSET) ** -_ZIPF_EXPONENT
    cumulated = np.cumsum(shares) / shares.sum()
    lengths = np.clip(rng.lognormal(np.log(70), 0.55, count), 8, 213).astype(int)
    reviews = []
    for start in range(0, count, 1_000):
        chunk = lengths[start : start + 1_000]
        total = int(chunk.sum())
        ranks = np.minimum(np.searchsorted(cumulated, rng.random(total)), _WORDS - 1)
        marks = rng.integers(0, len(_AFTER_A_WORD), total)
        tokens = [
            words[rank] + _AFTER_A_WORD[mark]
            for rank, mark in zip(ranks.tolist(), marks.tolist(), strict=True)
        ]
        ends = np.cumsum(chunk).tolist()
        reviews += [
            "".join(tokens[end - length : end]).capitalize()
            for end, length in zip(ends, chunk.tolist(), strict=True)
        ]
    for place in range(0, count, 250):
        reviews[place] += " caf\u00e9"
    return reviews


def movie_reviews(limit: int | None = None) -> list[str]:
    """Read the IMDb texts of the package movie-reviews (25,000 in all)."""
    with find_reviews().open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        texts = (row["text"] for row in rows if row["source"].lower().startswith("imdb"))
        return [text for text, _ in zip(texts, range(limit or 25_000), strict=False)]


def given_reviews(files: Iterable[Path]) -> list[str]:
    """Read CSV files (or .csv.gz) with the columns `title` and `content`."""
    texts = []
    for file in files:
        open_text = gzip.open if file.suffix == ".gz" else open
        with open_text(file, "rt", encoding="utf-8", newline="") as lines:
            texts += [review_text(row["title"], row["content"]) for row in csv.DictReader(lines)]
    return texts


def _words(rng: np.random.Generator) -> list[str]:
    words: list[str] = []
    for last, letters in _LETTERS_BY_RANK:
        drawn = rng.integers(0, len(_LETTERS), (last - len(words), letters))
        words += ["".join(row) for row in _LETTERS[drawn].tolist()]
    return words
