from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.reviews import synthetic_reviews
from voxpop import DataError, Event, Progress, RunStopped, UsageError
from voxpop.insights import (
    CheckSet,
    CodedReviews,
    Count,
    Insights,
    Options,
    ReviewTable,
    analyse,
)
from voxpop.insights.clauses import COMPLAINTS

LABELS = ("negative", "positive")
CHECK = CheckSet(
    name="the test split", unfavourable=250, caught=240, favourable=250, false_alarms=10
)
COPY = "I bought this strap for my friend and it was broken when the parcel came to us"


def knows(texts: Sequence[str]) -> NDArray[np.float64]:
    known = set(COMPLAINTS)
    bad = np.array([text in known or "bad" in text for text in texts], dtype=np.float64)
    return np.stack((bad, 1 - bad), axis=1)


@pytest.fixture(scope="module")
def table() -> ReviewTable:
    """1,600 reviews: product p0 turns bad in month 10, "strap broke"; a burst and copies of p1."""
    rng = np.random.default_rng(1)
    rows = 1_600
    product = rng.integers(0, 8, rows)
    day = np.datetime64("2025-01-01") + rng.integers(0, 350, rows).astype("timedelta64[D]")
    late = (product == 0) & (day >= np.datetime64("2025-10-01"))
    bad = rng.random(rows) < np.where(late, 0.6, 0.12)
    texts = synthetic_reviews(rows, seed=3)
    for row in range(rows):
        if late[row] and bad[row]:
            texts[row] += ". The strap broke"
        if row % 3 == 0:
            texts[row] += f". The battery is {'bad' if bad[row] else 'good'}."
    burst = np.flatnonzero(product == 1)[:30]
    day[burst], bad[burst] = np.datetime64("2025-05-05"), True
    for row in burst:
        texts[row] = f"{COPY} {row}"
    products: list[str | None] = [f"p{each}" for each in product]
    products[5], products[6] = None, ""
    day[7] = np.datetime64("NaT", "D")
    chance = np.where(bad, 0.9, 0.05)
    return ReviewTable(
        texts=texts,
        probabilities=np.stack((chance, 1 - chance), axis=1),
        labels=LABELS,
        ids=[f"r{row}" for row in range(rows)],
        products=products,
        days=day,
        authors=[f"a{row % 1_200}" for row in range(rows)],
        stars=np.where(bad, 1.0, 5.0) * np.where(rng.random(rows) < 0.02, np.nan, 1),
    )


@pytest.fixture(scope="module")
def insights(table: ReviewTable) -> Insights:
    return analyse(table, score=knows, check=CHECK)


def counts_in(value: object) -> Iterator[Count]:
    if isinstance(value, Count):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from counts_in(getattr(value, field.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from counts_in(each)


def test_every_figure_opens_its_reviews(table: ReviewTable, insights: Insights) -> None:
    coded = CodedReviews.of(table, ("negative",))
    counts = list(counts_in(insights))
    assert len(counts) > 60
    for count in counts:
        assert len(count.selection.places(coded)) == count.n
        assert len(count.out_of.places(coded)) == count.of
        assert not (count.selection.mask(coded) & ~count.out_of.mask(coded)).any()


def test_a_listener_hears_of_every_step_and_can_end_each(table: ReviewTable) -> None:
    heard: list[Progress] = []

    def hear(event: Event) -> None:
        assert isinstance(event, Progress)
        heard.append(event)

    analyse(table, score=knows, check=CHECK, listen=hear)
    stages = list(dict.fromkeys(event.stage for event in heard))
    assert len(stages) > 8
    assert all(event.total is None or event.done <= event.total for event in heard)
    for stage in stages:

        def stop(event: Event, stage: str = stage) -> None:
            if isinstance(event, Progress) and event.stage == stage:
                raise RunStopped

        with pytest.raises(RunStopped):
            analyse(table, score=knows, check=CHECK, listen=stop)


def test_what_was_planted_is_found(insights: Insights) -> None:
    assert insights.changes is not None
    alert = insights.changes.alerts[0]  # worse ones come first
    assert (alert.name, alert.worse, alert.month) == ("p0", True, "2025-10")
    assert alert.earliest <= "2025-10" <= alert.latest
    assert "strap broke" in alert.phrases[0].phrase
    assert insights.bursts[0].product == "p1"
    assert insights.bursts[0].first_day == insights.bursts[0].last_day == "2025-05-05"
    assert insights.bursts[0].one_off_authors is not None
    assert insights.copies.groups[0].count.n == 30
    assert insights.copies.share_without.of == 1_600 - 29
    assert insights.ranking is not None
    assert insights.ranking.worst[0].product in {"p0", "p1"}
    assert insights.aspects is not None
    assert insights.aspects.refused is None
    assert "battery" in {aspect.aspect for aspect in insights.aspects.aspects}
    assert insights.mix is not None
    assert insights.stars is not None
    assert insights.corrected.share is not None
    assert insights.months[-1].incomplete
    assert (insights.without_product, insights.without_day) == (2, 1)


def test_every_sentence_states_its_counts(insights: Insights) -> None:
    assert len(insights.summary) >= 4
    for sentence in insights.summary:
        assert sentence.counts
        for count in sentence.counts:
            assert f"{count.n:,} of {count.of:,}" in sentence.text
    assert any("p0 got worse with 2025-10" in sentence.text for sentence in insights.summary)


def test_the_same_reviews_give_the_same_bytes(table: ReviewTable, insights: Insights) -> None:
    again = json.dumps(analyse(table, score=knows, check=CHECK).to_json(), allow_nan=False)
    assert json.dumps(insights.to_json(), allow_nan=False) == again


def test_columns_that_are_missing_leave_out_what_rests_on_them(table: ReviewTable) -> None:
    bare = replace(table, ids=None, products=None, days=None, authors=None, stars=None)
    found = analyse(bare)
    assert found.ranking is None
    assert found.changes is None
    assert found.mix is None
    assert found.aspects is None
    assert found.stars is None
    assert found.bursts == ()
    assert found.months == ()
    assert found.first_day is None
    assert found.corrected.refused == "not corrected: no check set was given"
    json.dumps(found.to_json(), allow_nan=False)


def test_without_products_the_file_as_a_whole_is_scanned_for_bursts(table: ReviewTable) -> None:
    found = analyse(replace(table, products=None))
    assert found.bursts[0].product is None
    assert found.bursts[0].first_day == "2025-05-05"


def test_clauses_that_cannot_be_trusted_are_not_shown(table: ReviewTable) -> None:
    def guesses(texts: Sequence[str]) -> NDArray[np.float64]:
        return np.tile([0.4, 0.6], (len(texts), 1))

    aspects = analyse(table, score=guesses).aspects
    assert aspects is not None
    assert aspects.aspects == ()
    assert aspects.changes is None
    assert aspects.refused is not None
    assert "100 English clauses" in aspects.refused


def test_labels_of_the_file_come_before_a_check_set(table: ReviewTable) -> None:
    truth = {row: LABELS[int(table.probabilities[row].argmax())] for row in range(0, 1_600, 10)}
    found = analyse(table, check=CHECK, truth=truth)
    assert found.corrected.method == "labels of this file"
    assert found.corrected.labels == 160
    few = analyse(table, check=CHECK, truth={0: "positive"})
    assert few.corrected.method == "check set"


def test_the_unfavourable_labels_are_chosen(table: ReviewTable) -> None:
    three = np.concatenate((table.probabilities, np.zeros((1_600, 1))), axis=1)
    graded = replace(table, labels=("awful", "poor", "good"), probabilities=three)
    assert analyse(graded).unfavourable_labels == ("awful",)
    both = analyse(graded, options=Options(unfavourable=("poor", "awful")))
    assert both.unfavourable_labels == ("awful", "poor")
    assert both.share.n == 1_600
    with pytest.raises(UsageError, match="awful, poor, good"):
        analyse(graded, options=Options(unfavourable=("bad",)))


def test_columns_that_do_not_fit_are_refused(table: ReviewTable) -> None:
    with pytest.raises(DataError, match="3 products"):
        replace(table, products=["a", "b", "c"])
    with pytest.raises(DataError, match="shape"):
        replace(table, labels=("a", "b", "c"))
    with pytest.raises(DataError, match="finite"):
        replace(table, probabilities=np.full((1_600, 2), np.nan))
    with pytest.raises(DataError, match="no reviews"):
        analyse(ReviewTable(texts=[], probabilities=np.zeros((0, 2)), labels=LABELS))
