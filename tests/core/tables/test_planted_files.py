"""Sixty made files: at least 95 % are read right at the first guess, and none is silently wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.made_files import ROLES, MadeFile, make_file
from voxpop import DataError, ReadingOptions, choose_columns, open_table, read_reviews, review_text


def read(made: MadeFile, options: ReadingOptions | None = None) -> list[str]:
    """Read a file; give what is wrong with it, or raise the question that is asked."""
    table = open_table(made.path, options)
    columns = choose_columns(table, options or ReadingOptions())
    reviews = read_reviews(table, columns, options)
    wrong = [
        f"{role} is {columns[role].name}"  # type: ignore[index]
        for role in ROLES
        if columns[role].name != made.names[role]  # type: ignore[index]
    ]
    title, content = (table.columns.index(made.names[role]) for role in ("title", "content"))
    expected = [review_text(row[title], row[content]) for row in made.rows]
    if list(reviews.texts) != expected:
        wrong.append("texts")
    if reviews.days is None or list(reviews.days) != [np.datetime64(day) for day in made.days]:
        wrong.append("days")
    if reviews.stars is None or np.isnan(reviews.stars).any() or reviews.unread:
        wrong.append("stars")
    return wrong


def test_sixty_made_files(tmp_path: Path) -> None:
    wrong, asked = {}, {}
    for number in range(60):
        made = make_file(tmp_path, number)
        try:
            if faults := read(made):
                wrong[made.path.name] = faults
        except DataError as question:
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
    with pytest.raises(DataError, match="--date-order dmy, mdy or ymd"):
        read(made)
    assert made.order in ("dmy", "mdy")
    assert not read(made, ReadingOptions(date_order=made.order))  # type: ignore[arg-type]


def test_the_made_files_cover_what_they_should(tmp_path: Path) -> None:
    made = [make_file(tmp_path, number) for number in range(60)]

    assert len({one.delimiter for one in made}) == 4
    assert len({one.encoding for one in made}) == 5
    assert len({tuple(one.names.values()) for one in made}) == 6
    assert {one.order for one in made} == {"dmy", "mdy"}
    assert all(any("\n" in cell for cell in row) for one in made for row in one.rows[:1])
    assert any(one.path.read_bytes()[:3] == b"\xef\xbb\xbf" for one in made)
    assert all('""' in one.path.read_bytes().decode(one.encoding) for one in made)
