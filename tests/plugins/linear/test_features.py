"""Features, against a reading of the same rule one review and one word at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voxpop import TokenBatch
from voxpop_plugins.linear.features import Ngrams

REVIEWS = st.lists(st.lists(st.integers(0, 9), max_size=12), max_size=8)


def batch_of(reviews: list[list[int]], garbage: int = 0) -> TokenBatch:
    width = max((len(one) for one in reviews), default=0) + 2
    ids = np.full((len(reviews), width), garbage, np.int32)
    for row, one in enumerate(reviews):
        ids[row, : len(one)] = one
    return TokenBatch(ids, np.array([len(one) for one in reviews], np.int32))


def pairs(reviews: list[list[int]], ngrams: Ngrams, garbage: int = 0) -> list[tuple[int, int]]:
    found = ngrams.of(batch_of(reviews, garbage))
    return sorted(zip(found.rows.tolist(), found.columns.tolist(), strict=True))


@given(REVIEWS)
def test_single_words_are_their_ids(reviews: list[list[int]]) -> None:
    expected = [(row, word) for row, one in enumerate(reviews) for word in sorted(one)]
    assert pairs(reviews, Ngrams(10, 1, 1_024)) == expected


@given(REVIEWS, st.integers(2, 4), st.integers(-(2**31), 2**31 - 1))
def test_a_review_has_the_features_that_it_has_alone(
    reviews: list[list[int]], longest: int, garbage: int
) -> None:
    """No run goes from one review into the next, and nothing beyond a length is read."""
    ngrams = Ngrams(10, longest, 2**20)
    alone = [(row, column) for row, one in enumerate(reviews) for _, column in pairs([one], ngrams)]
    assert pairs(reviews, ngrams, garbage) == alone
    for row, one in enumerate(reviews):
        runs = [
            tuple(one[at : at + length])
            for length in range(2, longest + 1)
            for at in range(len(one) - length + 1)
        ]
        places = [column for each, column in alone if each == row and column >= 10]
        assert len(places) == len(runs)
        assert len(set(runs)) - 1 <= len(set(places)) <= len(set(runs))  # of a million places


@given(st.lists(st.integers(0, 9), min_size=2, max_size=6, unique=True))
def test_the_order_of_words_counts(words: list[int]) -> None:
    ngrams = Ngrams(10, 2, 2**20)
    assert pairs([words], ngrams) != pairs([words[::-1]], ngrams)
