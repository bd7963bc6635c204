"""Dates in all the ways that people write them."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop.tables.dates import find_order, readings
from voxpop.tables.ratings import read_number, read_stars

DAY = datetime.date(2025, 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-04", "2025/3/4", "2025-03-04T10:11:12Z", "2025-03-04 10:11", "20250304",
        "March 4, 2025", "Mar 4 2025", "4 March 2025", "4th March 2025", "Tuesday, March 4, 2025",
        "4. März 2025", "4 mars 2025", "4 de marzo de 2025", "4 marzo 2025", "4 de março de 2025",
        "Reviewed in the United States on March 4, 2025", "Reviewed in Germany on 4 March 2025",
    ],
)  # fmt: skip
def test_these_are_the_fourth_of_march(text: str) -> None:
    assert readings(text) == {"any": DAY}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "4.5",
        "2025",
        "Reviewed on March",
        "2025-13-01",
        "31/02/2025",
        "12:30",
        "1-800-555",
        "very good",
    ],
)  # fmt: skip
def test_these_are_no_dates(text: str) -> None:
    assert readings(text) == {}


@given(st.lists(st.dates(datetime.date(1990, 1, 1), datetime.date(2060, 1, 1)), min_size=1))
def test_an_order_is_found_only_where_it_is_right(days: list[datetime.date]) -> None:
    for order, form in (("dmy", "%d/%m/%Y"), ("mdy", "%m/%d/%Y")):
        cells = [day.strftime(form) for day in days]
        found = find_order(cells)
        if found is None:
            assert all(day.day <= 12 or len(days) >= 50 for day in days)
        else:
            assert found == order
            assert [readings(cell)[found] for cell in cells] == days


def test_one_slip_decides_nothing() -> None:
    cells = ["03/04/2025"] * 99 + ["13/04/2025"]

    assert find_order(cells) is None
    assert find_order(["03/04/2025", "13/04/2025", "04/13/2025"]) is None
    assert find_order(["03-04-25"]) is None
    assert find_order(["2025-03-04", "4 March 2025"]) == "any"


@pytest.mark.parametrize(
    ("value", "stars"),
    [
        (4, 4.0), ("4", 4.0), ("4,5", 4.5), ("4/5", 4.0), ("4 von 5", 4.0), ("5 stars", 5.0),
        ("3 étoiles", 3.0), ("★★★☆☆", 3.0), ("8", "above 5"), (0, "not from 1 to 5"),
        ("4.0 out of 5 stars", 4.0), ("4.0 out of 5", 4.0),
        ("4/10", "out of another number than 5"), ("great", "no number"), (True, "no number"),
    ],
)  # fmt: skip
def test_stars(value: object, stars: float | str) -> None:
    assert read_stars(value) == stars
    assert (read_number(value) is None) == (stars == "no number")
