"""A record survives being written and read, whatever the text; what is none is named."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop import DataError, FeedbackRecord, parse_records
from voxpop.feedback.record import to_lines

texts = st.text(st.characters(codec=None), max_size=60)


@given(texts, texts, st.none() | texts)
def test_any_text_is_one_line_that_reads_back(text: str, label: str, comment: str | None) -> None:
    record = FeedbackRecord(text=text, label=label, comment=comment)
    line = record.to_line()
    assert line.count(b"\n") == 1
    assert list(parse_records(line, "here")) == [record]


def test_half_of_a_surrogate_pair_is_replaced() -> None:
    assert FeedbackRecord(text="a\ud800b", label="x").text == "a�b"
    assert FeedbackRecord(text="🙂", label="x").text == "🙂"


def test_times_are_utc() -> None:
    there = datetime.timezone(datetime.timedelta(hours=5))
    at = datetime.datetime(2026, 11, 24, 2, tzinfo=there)
    assert FeedbackRecord(text="a", label="b", at=at).at.isoformat() == "2026-11-23T21:00:00+00:00"


@pytest.mark.parametrize("line", [b"", b"{}", b"nothing", b'{"label":"a"}', b"\xff"])
def test_what_is_no_record_is_named_by_its_line(line: bytes) -> None:
    good = FeedbackRecord(text="a", label="b")
    data = to_lines([good]) + line + b"\n"
    with pytest.raises(DataError, match=r"here, line 2: no feedback record"):
        list(parse_records(data, "here"))
