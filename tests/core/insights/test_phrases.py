from __future__ import annotations

import numpy as np

from voxpop.insights.phrases import index_phrases, words_of


def found(texts: list[str], fewest: int = 2) -> dict[str, list[int]]:
    index = index_phrases(texts, fewest=fewest)
    return {phrase: index.rows_of(place).tolist() for place, phrase in enumerate(index.phrases)}


def test_a_negation_and_its_word_are_one() -> None:
    assert words_of("It's not a good buy. Don\u2019t buy; never works!") == [
        "it's",
        "not good",
        "buy",
        ".",
        "not buy",
        ";",
        "never works",
        "!",
    ]


def test_phrases_have_one_to_three_words_and_cross_no_mark() -> None:
    said = found(["The red strap broke today.", "the red strap broke. Today"])
    assert said["red strap broke"] == [0, 1]
    assert said["strap broke"] == [0, 1]
    assert "broke today" not in said
    assert "the" not in said
    assert "the red" not in said


def test_a_review_counts_once() -> None:
    assert found(["bad bad bad", "bad"])["bad"] == [0, 1]


def test_a_plural_counts_as_its_singular() -> None:
    said = found(["two straps broke", "one strap broke", "batteries", "battery", "boxes box"])
    assert said["strap broke"] == [0, 1]
    assert said["battery"] == [2, 3]
    assert "straps" not in said


def test_counts_are_those_within_a_mask() -> None:
    index = index_phrases(["dull book", "dull film", "good book"], fewest=1)
    counts = dict(zip(index.phrases, index.counts(np.array([True, False, True])), strict=True))
    assert counts["book"] == 2
    assert counts["dull"] == 1
    assert counts["film"] == 0


def test_no_text_has_no_phrase() -> None:
    assert index_phrases([]).phrases == ()
    assert index_phrases(["", "!!"], fewest=1).phrases == ()
