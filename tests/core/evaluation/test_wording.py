from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop.evaluation.wording import count, decimal, percent, printable


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0.0, "0.0%"),
        (0.5, "50.0%"),
        (0.8344, "83.4%"),
        (1.0, "100.0%"),
        (0.99999, ">99.9%"),
        (0.00001, "<0.1%"),
    ],
)
def test_a_share_is_never_all_or_nothing_unless_it_is(share: float, written: str) -> None:
    assert percent(share) == written


def test_a_share_may_have_no_digits_after_the_point() -> None:
    assert [percent(share, 0) for share in (0.2, 0.999, 1)] == ["20%", ">99%", "100%"]


def test_counts_have_their_thousands_apart() -> None:
    assert [count(7), count(3_600_000)] == ["7", "3,600,000"]


def test_what_is_not_finite_is_a_dash() -> None:
    assert [decimal(0.12345), decimal(float("nan")), decimal(float("inf"))] == ["0.1235", "-", "-"]


@given(st.text(st.characters(), max_size=300), st.integers(2, 60))
def test_whatever_the_text_one_short_line_comes_that_utf8_and_xml_hold(
    text: str, longest: int
) -> None:
    line = printable(text, longest)
    assert len(line) <= longest
    line.encode("utf-8")
    assert not any(unicodedata.category(each) in {"Cc", "Cs"} for each in line)
    assert not any(mark in line for mark in "\u202e\u2066\ufffe\uffff\n\r\t")


def test_plain_text_stays_as_it_is() -> None:
    assert printable("Très bien: 積極 👍", 60) == "Très bien: 積極 👍"


def test_a_long_text_says_that_it_goes_on() -> None:
    assert printable("good " * 100, 20) == "good good good good…"


def test_white_space_becomes_one_blank() -> None:
    assert printable("a\n\n b\t c", 20) == "a b c"
