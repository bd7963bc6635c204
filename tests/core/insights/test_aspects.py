from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voxpop.insights.aspects import find_aspects, score_mentions
from voxpop.insights.clauses import COMPLAINTS, OTHERS, clauses_of, measure_clauses


def score(texts: Sequence[str]) -> NDArray[np.float64]:
    bad = np.array(["bad" in text for text in texts], dtype=np.float64)
    return np.stack((bad, 1 - bad), axis=1)


def test_a_text_is_cut_into_clauses() -> None:
    text = "The battery is bad, but the price is good; butter! fine."
    assert clauses_of(text) == [
        "The battery is bad",
        "the price is good",
        "butter",
        "fine",
    ]


def test_nouns_are_found_and_other_words_are_not() -> None:
    texts = ["My battery died. It works quickly and the product is big."] * 20 + ["quickly"] * 10
    assert find_aspects(texts) == ("battery",)


def test_a_review_speaks_of_an_aspect_by_its_clauses() -> None:
    texts = [
        "Bad day. The battery is bad, but the price is good",
        "The batteryless thing is bad",
        "Batterys are bad, the battery is good, my battery is good",
        "nothing",
    ]
    battery, price = score_mentions(texts, ("battery", "price"), score, [0])
    assert battery.rows.tolist() == [0, 2]
    assert battery.unfavourable.tolist() == [True, False]
    assert price.rows.tolist() == [0]
    assert price.unfavourable.tolist() == [False]
    assert score_mentions(texts, (), score, [0]) == ()
    assert len(score_mentions(texts, ("zipper",), score, [0])[0].rows) == 0


def test_a_classifier_is_measured_on_labelled_clauses() -> None:
    assert len(set(COMPLAINTS)) == len(set(OTHERS)) == 50
    assert not set(COMPLAINTS) & set(OTHERS)

    def knows(texts: Sequence[str]) -> NDArray[np.float64]:
        bad = np.isin(texts, COMPLAINTS[:40]).astype(np.float64)
        return np.stack((bad, 1 - bad), axis=1)

    found = measure_clauses(knows, [0])
    assert (found.caught, found.false_alarms) == (40, 0)
    assert found.refusal() is None
    assert measure_clauses(score, [0]).refusal() is not None
