"""Sixty made files: at least 95 % are read right at the first guess, and none is silently wrong."""

from __future__ import annotations

import datetime
import random
from pathlib import Path

import numpy as np
import pytest

from tests.made_files import ROLES, MadeFile, make_file
from voxpop import (
    DataError,
    ReadingOptions,
    UsageError,
    choose_columns,
    open_table,
    review_text,
)
from voxpop.insights import read_reviews


def read(made: MadeFile, options: ReadingOptions | None = None) -> list[str]:
    """Read a file; give what is wrong with it, or raise the question that is asked."""
    reviews = read_reviews([made.path], options)
    named = {column.role: column.name for column in reviews.columns[0]}
    wrong = [f"{role} is {named[role]}" for role in ROLES if named[role] != made.names[role]]  # type: ignore[index]
    columns = open_table(made.path, options).columns
    title, content = (columns.index(made.names[role]) for role in ("title", "content"))
    expected = [review_text(row[title], row[content]) for row in made.rows]
    if reviews.texts != expected:
        wrong.append("texts")
    if reviews.days is None or list(reviews.days) != [np.datetime64(day) for day in made.days]:
        wrong.append("days")
    if reviews.stars is None or np.isnan(reviews.stars).any() or reviews.unreadable:
        wrong.append("stars")
    return wrong


def test_sixty_made_files(tmp_path: Path) -> None:
    wrong, asked = {}, {}
    for number in range(60):
        made = make_file(tmp_path, number)
        try:
            if faults := read(made):
                wrong[made.path.name] = faults
        except (DataError, UsageError) as question:
            asked[made.path.name] = str(question)

    assert not wrong  # silently wrong
    assert len(asked) <= 3, asked


@pytest.mark.parametrize("number", range(0, 60, 7))
def test_dates_that_do_not_tell_their_order_are_a_question(tmp_path: Path, number: int) -> None:
    made = make_file(tmp_path, number, clear=False)

    table = open_table(made.path)
    column = choose_columns(table, ReadingOptions())["date"]
    assert column.question is not None
    assert "--date-order" in column.question
    with pytest.raises(UsageError, match="--date-order dmy, mdy or ymd"):
        read(made)
    assert made.order in ("dmy", "mdy")
    assert not read(made, ReadingOptions(date_order=made.order))  # type: ignore[arg-type]


def write_dates(file: Path, *parts: tuple[str, int, int]) -> list[datetime.date]:
    """Write rows whose dates are written in one form after another; give the days meant.

    Args:
        file: is made, as CSV.
        parts: the form of the dates, how many rows, and the last day of a month that they have.
    """
    draw, days, lines = random.Random(5), [], ["Text,Date"]
    for form, rows, last in parts:
        for _ in range(rows):
            days.append(datetime.date(2025, draw.randint(1, 12), draw.randint(1, last)))
            lines.append(f"A lamp that gives light to us,{days[-1].strftime(form)}")
    file.write_text("\n".join(lines))
    return days


DMY, MDY = "%d/%m/%Y", "%m/%d/%Y"


def test_dates_that_change_their_order_late_are_a_question(tmp_path: Path) -> None:
    file = tmp_path / "two-exports.csv"
    days = write_dates(file, (DMY, 1_500, 28), (MDY, 1_500, 28))
    first = next(row for row, day in enumerate(days, 1) if row > 1_500 and day.day > 12)

    with pytest.raises(UsageError) as question:
        read_reviews([file])
    told = str(question.value)
    assert "the column 'Date'" in told
    assert "two-exports.csv" in told
    assert f"row {first} has '{days[first - 1].strftime(MDY)}'" in told
    assert "--date-order dmy, mdy or ymd" in told

    found = read_reviews([file], ReadingOptions(date_order="dmy"))
    odd = sum(day.day > 12 for day in days[1_500:])
    assert found.unreadable == {"dates: no date in that order": odd}


def test_dates_that_tell_their_order_late_are_no_question(tmp_path: Path) -> None:
    file = tmp_path / "late.csv"
    days = write_dates(file, (MDY, 1_500, 12), (MDY, 1_500, 28))
    found = read_reviews([file])
    assert found.days is not None
    assert list(found.days) == [np.datetime64(day) for day in days]
    date = next(column for column in found.columns[0] if column.role == "date")
    assert "in the order mdy" in date.reason
    assert date.question is None


def test_one_late_slip_of_the_pen_decides_nothing(tmp_path: Path) -> None:
    file = tmp_path / "slip.csv"
    write_dates(file, (DMY, 1_500, 12))
    file.write_text(file.read_text() + "\nA lamp that gives light to us,13/04/2025")
    with pytest.raises(UsageError, match=r"'Date'.*not clear.*--date-order"):
        read_reviews([file])


def test_a_row_without_a_text_tells_the_order_too(tmp_path: Path) -> None:
    file = tmp_path / "stars-only.csv"
    write_dates(file, (DMY, 30, 12))
    lines = file.read_text() + "".join(f"\n,{day}/04/2025" for day in range(13, 31))
    file.write_text(lines)
    found = read_reviews([file])
    assert found.left_out == {"no text": 18}
    assert not found.unreadable


def test_the_made_files_cover_what_they_should(tmp_path: Path) -> None:
    made = [make_file(tmp_path, number) for number in range(60)]

    assert len({one.delimiter for one in made}) == 4
    assert len({one.encoding for one in made}) == 5
    assert len({tuple(one.names.values()) for one in made}) == 6
    assert {one.order for one in made} == {"dmy", "mdy"}
    assert all(any("\n" in cell for cell in row) for one in made for row in one.rows[:1])
    assert any(one.path.read_bytes()[:3] == b"\xef\xbb\xbf" for one in made)
    assert all('""' in one.path.read_bytes().decode(one.encoding) for one in made)
