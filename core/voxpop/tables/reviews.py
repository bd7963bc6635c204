"""The columns of a file as reviews: texts, days, stars; what cannot be read is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxpop.data.review_text import review_text
from voxpop.errors import DataError
from voxpop.tables.cells import cell_text
from voxpop.tables.dates import find_order, read_date
from voxpop.tables.options import ReadingOptions, Role
from voxpop.tables.ratings import read_stars
from voxpop.tables.roles import ChosenColumn
from voxpop.tables.table import Table, TableBatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BATCH_ROWS = 10_000


@dataclass(frozen=True, kw_only=True, eq=False)
class FileReviews:
    """The n reviews of a file that have a text; columns that it lacks are None.

    Attributes:
        texts: title and content joined.
        ids: the number of each one's row in the file, counted from 1 without the header.
        products: None where the cell is empty.
        days: datetime64[D] of shape (n,), NaT where there is no date.
        authors: None where the cell is empty.
        stars: float64 of shape (n,), 1 to 5; NaN where there are none.
        left_out: how many rows are no reviews, by reason.
        unread: how many cells of the other columns are not what they should be, by role and
            reason; empty cells are not among them.
    """

    texts: Sequence[str]
    ids: Sequence[str]
    products: Sequence[str | None] | None
    days: NDArray[np.datetime64] | None
    authors: Sequence[str | None] | None
    stars: NDArray[np.float64] | None
    left_out: Mapping[str, int]
    unread: Mapping[Role, Mapping[str, int]]


def row_texts(
    table: Table, columns: Mapping[Role, ChosenColumn], batch: TableBatch
) -> tuple[list[str | None], list[str | None]]:
    """Give the text of every row, and why it has none; one of the two is None."""
    contents = _values(table, columns, batch, "content")
    titles = _values(table, columns, batch, "title")
    texts: list[str | None] = []
    problems = list(batch.problems)
    for place, (title, content) in enumerate(zip(titles, contents, strict=True)):
        text = None
        if problems[place] is None:
            if isinstance(content, list | dict | bool | bytes):
                problems[place] = f"no text but a {type(content).__name__}"
            else:
                text = review_text(cell_text(title), cell_text(content)) or None
                problems[place] = None if text else "no text"
        texts.append(text)
    return texts, problems


def read_reviews(
    table: Table, columns: Mapping[Role, ChosenColumn], options: ReadingOptions | None = None
) -> FileReviews:
    """Read a whole file into memory, some hundred bytes a review beside the texts.

    Args:
        table: the file.
        columns: as `choose_columns` gives them.
        options: says the order of dates, when the file does not.

    Raises:
        DataError: whether 03/04/2025 is in March or in April cannot be told from the dates, or the
            file cannot be read.
    """
    cells: dict[Role, list[object]] = {
        role: [] for role, column in columns.items() if column.name and role not in _TEXTS
    }
    texts: list[str] = []
    ids: list[str] = []
    left_out: Counter[str] = Counter()
    for batch in table.batches(_BATCH_ROWS):
        found, problems = row_texts(table, columns, batch)
        kept = [place for place, text in enumerate(found) if text is not None]
        texts += [text for text in found if text is not None]
        ids += [str(batch.start + place + 1) for place in kept]
        left_out.update(problem.partition(" (")[0] for problem in problems if problem)
        for role, values in cells.items():
            column = _values(table, columns, batch, role)
            values += [column[place] for place in kept]
    unread: dict[Role, Counter[str]] = {}
    days = stars = None
    if "date" in cells:
        days = _days(table, columns["date"], cells["date"], options, unread)
    if "rating" in cells:
        stars = _stars(cells["rating"], unread)
    return FileReviews(
        texts=texts,
        ids=ids,
        products=_names(cells.get("product")),
        days=days,
        authors=_names(cells.get("author")),
        stars=stars,
        left_out=left_out,
        unread=unread,
    )


_TEXTS = ("content", "title")


def _values(
    table: Table, columns: Mapping[Role, ChosenColumn], batch: TableBatch, role: Role
) -> Sequence[object]:
    name = columns[role].name
    return [None] * len(batch) if name is None else batch.column(table.columns.index(name))


def _names(values: list[object] | None) -> list[str | None] | None:
    if values is None:
        return None
    return [cell_text(value).strip() or None for value in values]


def _days(
    table: Table,
    column: ChosenColumn,
    values: list[object],
    options: ReadingOptions | None,
    unread: dict[Role, Counter[str]],
) -> NDArray[np.datetime64]:
    order = (options and options.date_order) or find_order(values)
    if order is None:
        raise DataError(
            f"The dates in {column.name!r} of {str(table.path)!r} do not tell which number is the "
            f"day: {', '.join(column.samples)}. Say --date-order dmy, mdy or ymd"
        )
    days = np.full(len(values), np.datetime64("NaT", "D"))
    for place, value in enumerate(values):
        if _is_empty(value):
            continue
        date = read_date(value, order)
        if isinstance(date, str):
            unread.setdefault("date", Counter())[date] += 1
        else:
            days[place] = np.datetime64(date, "D")
    return days


def _stars(values: list[object], unread: dict[Role, Counter[str]]) -> NDArray[np.float64]:
    stars = np.full(len(values), np.nan)
    for place, value in enumerate(values):
        if _is_empty(value):
            continue
        number = read_stars(value)
        if isinstance(number, str):
            unread.setdefault("rating", Counter())[number] += 1
        else:
            stars[place] = number
    return stars


def _is_empty(value: object) -> bool:
    return value is None or not cell_text(value).strip()
