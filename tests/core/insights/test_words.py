from __future__ import annotations

import numpy as np
import pytest

from voxpop.insights.phrases import index_phrases
from voxpop.insights.words import log_odds_z, telling_phrases


def test_z_is_that_of_the_formula() -> None:
    z = log_odds_z(np.array([12]), 60, np.array([5]), 200, np.array([0.1]))
    a = 2.0
    delta = np.log((12 + a) / (60 + 20 - 12 - a)) - np.log((5 + a) / (200 + 20 - 5 - a))
    variance = 1 / 14 + 1 / 66 + 1 / 7 + 1 / 213
    assert z[0] == pytest.approx(delta / np.sqrt(variance))


def test_a_telling_phrase_shows_its_counts_and_reviews() -> None:
    texts = ["the strap broke"] * 12 + ["it is fine"] * 28 + ["it is fine"] * 160
    group = np.arange(200) < 40
    phrases = telling_phrases(index_phrases(texts), group, [~group])
    assert [phrase.phrase for phrase in phrases] == ["strap broke"]
    assert (phrases[0].count.n, phrases[0].count.of) == (12, 40)
    assert phrases[0].count.selection.rows == tuple(range(12))
    assert (phrases[0].compared[0].n, phrases[0].compared[0].of) == (0, 160)
    assert phrases[0].q < 0.001
    assert phrases[0].z > 0


def test_what_the_product_always_said_is_not_new() -> None:
    # "brandname" tells the product from others, and not the month from those before.
    texts = ["brandname strap broke"] * 20 + ["brandname dull"] * 60 + ["dull"] * 200
    rows = np.arange(280)
    phrases = telling_phrases(
        index_phrases(texts), rows < 20, [(rows >= 20) & (rows < 80), rows >= 80]
    )
    assert [phrase.phrase for phrase in phrases] == ["brandname strap broke"]
    assert "brandname" not in {phrase.phrase for phrase in phrases}


def test_nested_phrases_of_the_same_reviews_are_one_line() -> None:
    complaints = ["the strap broke", "the strap the strap", "the strap was torn"]
    texts = complaints * 10 + ["the battery died"] * 12 + ["it is fine"] * 300
    group = np.arange(len(texts)) < 42
    found = telling_phrases(index_phrases(texts), group, [~group])
    assert [(each.phrase, each.count.n) for each in found] == [("strap", 30), ("battery died", 12)]
    assert {"strap broke", "strap the strap"} <= set(found[0].also)
    assert len(found[0].also) <= 3
    assert set(found[1].also) <= {"battery", "died"}


def test_phrases_that_share_a_word_and_few_reviews_are_two_lines() -> None:
    texts = ["the strap broke"] * 20 + ["this strap came torn"] * 20
    texts += ["a strap for me"] * 200
    group = np.arange(len(texts)) < 40
    found = telling_phrases(index_phrases(texts), group, [~group])
    assert {"strap broke", "strap came torn"} <= {each.phrase for each in found}


def test_a_word_said_twice_does_not_lead_a_line() -> None:
    texts = ["the strap the strap"] * 20 + ["it is fine"] * 200
    group = np.arange(len(texts)) < 20
    found = telling_phrases(index_phrases(texts), group, [~group])
    assert [(each.phrase, each.also) for each in found] == [("strap", ("strap the strap",))]


def test_without_another_group_nothing_is_told() -> None:
    index = index_phrases(["bad strap"] * 10)
    everything = np.ones(10, dtype=bool)
    assert telling_phrases(index, everything, [~everything]) == ()
    assert telling_phrases(index, ~everything, [everything]) == ()


def test_what_every_review_says_tells_nothing() -> None:
    texts = ["strap broke", "strap held"] * 10
    found = telling_phrases(index_phrases(texts), np.arange(20) % 2 == 0, [np.arange(20) % 2 == 1])
    assert [each.phrase for each in found] == ["strap broke"]
