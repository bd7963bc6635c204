"""The latest record of a request is its verdict, in whatever order records arrive."""

import datetime

from hypothesis import given
from hypothesis import strategies as st

from voxpop import FeedbackRecord, latest_verdicts

START = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


def record(id_: str, request_id: str | None, label: str, minute: int) -> FeedbackRecord:
    at = START + datetime.timedelta(minutes=minute)
    return FeedbackRecord(id=id_, at=at, request_id=request_id, label=label, text="x")


RECORDS = [
    record("1", "a", "positive", 0),
    record("2", "a", "negative", 5),
    record("3", "b", "positive", 1),
    record("4", "b", "positive", 2),
    record("5", None, "negative", 3),
    record("6", None, "negative", 4),
]


@given(st.permutations([*RECORDS, RECORDS[1]]))
def test_the_latest_wins_in_any_order_and_what_is_there_twice_counts_once(
    records: list[FeedbackRecord],
) -> None:
    verdicts = latest_verdicts(records)
    assert [each.id for each in verdicts.records] == ["4", "5", "6", "2"]
    assert (verdicts.superseded, verdicts.conflicts) == (2, 1)


def test_the_same_id_of_two_callers_is_two_requests() -> None:
    shop, page = (
        FeedbackRecord(at=START, request_id="1", caller=caller, label=label, text="x")
        for caller, label in (("shop", "positive"), ("page", "negative"))
    )
    verdicts = latest_verdicts([shop, page])
    assert {each.caller for each in verdicts.records} == {"shop", "page"}
    assert (verdicts.superseded, verdicts.conflicts) == (0, 0)
