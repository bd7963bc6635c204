"""Feedback becomes reviews to train on."""

import datetime
from pathlib import Path
from typing import Any

import pytest

from voxpop import (
    DataError,
    DataSourcePart,
    FeedbackLog,
    FeedbackRecord,
    Notice,
    ObjectStore,
    PartNotFoundError,
    Plugins,
    StorePart,
)
from voxpop.testing import DataSourceConformance, RecordingListener
from voxpop_plugins.feedback.config import FeedbackConfig
from voxpop_plugins.feedback.plugin import load


@pytest.fixture
def log(voxpop_home: Path) -> FeedbackLog:
    """The log in the store that the API writes to by default."""
    part = Plugins.load().get(StorePart, "local")
    store: ObjectStore = part.open(part.config())
    return FeedbackLog(store)


def record(minute: int, label: str, **fields: Any) -> FeedbackRecord:
    at = datetime.datetime(2026, 11, 1 + minute // 60, 10, minute % 60, tzinfo=datetime.UTC)
    return FeedbackRecord(at=at, label=label, **{"text": f"Review {minute}", **fields})


def test_reviews_come_oldest_first_with_the_latest_label(log: FeedbackLog) -> None:
    log.append("b", [record(3, "positive", predicted="negative", version="v-1")])
    log.append("a", [record(1, "positive", request_id="r"), record(2, "negative", request_id="r")])
    listener = RecordingListener()
    splits = load(FeedbackConfig(), listener)
    assert splits.labels == ("negative", "positive")
    assert [(row.text, row.label) for row in splits.train] == [("Review 2", 0), ("Review 3", 1)]
    assert splits.train[1].extras["predicted"] == "negative"
    (notice,) = [event for event in listener.events if isinstance(event, Notice)]
    assert "1 records" in notice.message
    assert "of 1 reviews the label was changed" in notice.message


def test_days_and_class_names_are_chosen(log: FeedbackLog) -> None:
    log.append("a", [record(0, "good"), record(70, "bad"), record(130, "good")])
    day = datetime.date(2026, 11, 2)
    splits = load(FeedbackConfig(labels=("good", "bad"), since=day, until=day), RecordingListener())
    assert [(row.text, row.label) for row in splits.train] == [("Review 70", 1)]
    with pytest.raises(DataError, match=r"'bad'; `labels` in .data. allows good, fine"):
        load(FeedbackConfig(labels=("good", "fine")), RecordingListener())


def test_no_feedback_says_where_it_comes_from(log: FeedbackLog) -> None:
    with pytest.raises(DataError, match="holds no feedback since 2026-11-02"):
        load(FeedbackConfig(since=datetime.date(2026, 11, 2)), RecordingListener())


def test_a_store_that_is_not_there_is_named() -> None:
    with pytest.raises(PartNotFoundError, match="No store is called 'nowhere'"):
        load(FeedbackConfig(store={"name": "nowhere"}), RecordingListener())


def test_a_store_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="has a name"):
        FeedbackConfig(store={"bucket": "b"})


class TestConformance(DataSourceConformance):
    """The kit, on a log of a few records."""

    @pytest.fixture
    def part(self, log: FeedbackLog) -> DataSourcePart[Any]:
        log.append("a", [record(n, ("negative", "positive")[n % 2]) for n in range(12)])
        return Plugins.load().get(DataSourcePart, "feedback")
