"""The log: append-only, by day, in any store."""

import datetime
from typing import Any

import pytest

from voxpop import DataError, FeedbackLog, FeedbackRecord, StoreError
from voxpop.testing import MemoryStore, race


def record(day: int = 1, **fields: Any) -> FeedbackRecord:
    at = datetime.datetime(2026, 11, day, 23, 30, tzinfo=datetime.UTC)
    return FeedbackRecord(at=at, **{"text": "Fits well.", "label": "positive", **fields})


def test_records_lie_by_day_and_come_back_by_day() -> None:
    store = MemoryStore()
    log = FeedbackLog(store)
    first, second, third = record(1), record(2), record(3)
    log.append("a", [third, first])
    log.append("b", [second])
    assert list(store.list("")) == [
        "feedback/2026-11-01/a.jsonl",
        "feedback/2026-11-02/b.jsonl",
        "feedback/2026-11-03/a.jsonl",
    ]
    assert list(log.read()) == [first, second, third]
    days = (datetime.date(2026, 11, 2), datetime.date(2026, 11, 3))
    assert list(log.read(*days)) == [second, third]
    assert list(log.read(until=datetime.date(2026, 10, 31))) == []


def test_a_batch_that_is_sent_again_is_there_once_and_another_is_refused() -> None:
    log = FeedbackLog(MemoryStore())
    one = record()
    log.append("a", [one])
    log.append("a", [one])
    assert list(log.read()) == [one]
    with pytest.raises(StoreError, match="holds other records under"):
        log.append("a", [record()])
    assert list(log.read()) == [one]


def test_many_writers_lose_nothing() -> None:
    log = FeedbackLog(MemoryStore())
    batches = {f"batch-{number}": [record(), record()] for number in range(8)}
    names = list(batches)
    race(lambda number: log.append(names[number], batches[names[number]]), len(names))
    wanted = {each.id for those in batches.values() for each in those}
    assert {each.id for each in log.read()} == wanted


def test_strangers_in_the_folder_are_passed_over_and_damage_is_named() -> None:
    store = MemoryStore()
    store.write("feedback/README.md", b"x", expected=None)
    store.write("feedback/2026-11-01/deep/er.jsonl", b"x", expected=None)
    log = FeedbackLog(store)
    assert list(log.read()) == []
    store.write("feedback/2026-11-01/a.jsonl", b"damaged\n", expected=None)
    with pytest.raises(DataError, match=r"feedback/2026-11-01/a.jsonl, line 1"):
        list(log.read())
