"""The insights as an Excel workbook: every figure of the page, and what it can be counted from."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from voxpop.events import Listener, Notice, ignore_events
from voxpop.insights.libraries import library

if TYPE_CHECKING:
    from voxpop.insights.file_insights import FileInsights
    from voxpop.insights.page.openings import Figure
    from voxpop.insights.ranking import Ranking
    from voxpop.insights.record import Selection

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with when a spreadsheet may run it as a formula."""
LONGEST_CELL = 32_767
_MADE = datetime.datetime(2000, 1, 1)
MOST_ROWS = 1_048_575  # besides the header: Excel's limit
_FIGURES = (
    *("figure", "section", "what", "n", "of", "share", "low", "high"),
    *("product", "not_product", "first_day", "last_day", "unfavourable", "listed", "left_out"),
)
_PRODUCTS = (
    *("product", "rank", "rank_low", "rank_high", "n", "of", "share", "low", "high"),
    *("shrunk_share", "shrunk_low", "shrunk_high"),
)
_REVIEWS = (
    *("review", "file", "row", "product", "day", "author", "stars"),
    *("label", "unfavourable", "probability_unfavourable", "text"),
)


def write_workbook(
    found: FileInsights,
    figures: Sequence[Figure],
    out: Path,
    *,
    listen: Listener = ignore_events,
) -> None:
    """Write the workbook.

    The sheet "figures" holds what the page states, each with the filter that gives its n reviews
    from the sheet "reviews": product, days, unfavourable; and, where `listed` is yes, the reviews
    that "listed reviews" names for the figure (`left_out`: all but those). "products" holds every
    product from the worst on, where there are two or more.

    Every text is written as a text, never as a formula; one that begins like a formula carries the
    mark that Excel sets when a person types an apostrophe before it, so that it stays a text.

    Args:
        found: the insights.
        figures: of the page.
        out: is made or replaced.
        listen: hears what did not fit.

    Raises:
        OSError: the disk refuses it.
    """
    # The rows wait beside the workbook, for that disk must have room, and go whatever happens.
    with TemporaryDirectory(dir=out.parent, prefix=".rows.") as aside, out.open("wb") as file:
        disk = _OnTheDisk(file)
        _write(found, figures, disk, aside, listen)
        if disk.fault is not None:
            raise disk.fault


def _write(
    found: FileInsights, figures: Sequence[Figure], file: _OnTheDisk, aside: str, listen: Listener
) -> None:
    # Rows go to the disk as they come; and no date of making, so that the same is the same.
    book = library("xlsxwriter").Workbook(
        file,
        {
            "constant_memory": True,
            "tmpdir": aside,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        },
    )
    book.set_properties({"created": _MADE, "title": "Voxpop insights"})
    sheets = _Sheets(book, listen)
    sheets.write("summary", ("sentence",), ((one.text,) for one in found.insights.summary))
    sheets.write("figures", _FIGURES, _figure_rows(figures))
    sheets.write("listed reviews", ("figure", "review"), _listed_rows(figures))
    if found.insights.ranking is not None:
        sheets.write("products", _PRODUCTS, _product_rows(found.insights.ranking))
    sheets.write("reviews", _REVIEWS, _review_rows(found))
    faults = library("xlsxwriter.exceptions")
    try:
        book.close()
    except faults.FileCreateError as error:
        raise OSError(*error.args[0].args) from error  # it wraps what the disk has said


class _OnTheDisk:
    """A file that keeps what its disk refuses in `fault`, and takes all else from there on.

    A ZipFile that met an error would meet another one when it is thrown away, where nobody can
    catch it, and it would be printed beside the message that counts.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.fault: OSError | None = None

    def write(self, data: bytes) -> int:
        return self._done(lambda: self._file.write(data), len(data))

    def seek(self, place: int, whence: int = 0) -> int:
        return self._done(lambda: self._file.seek(place, whence), place)

    def tell(self) -> int:
        return self._done(self._file.tell, 0)

    def flush(self) -> None:
        self._done(lambda: self._file.flush() or 0, 0)

    def _done(self, do: Callable[[], int], otherwise: int) -> int:
        if self.fault is None:
            try:
                return do()
            except OSError as error:
                self.fault = error
        return otherwise


def _figure_rows(figures: Sequence[Figure]) -> Iterable[Sequence[object]]:
    for number, figure in enumerate(figures, 1):
        count, chosen = figure.count, figure.count.selection
        low, high = count.interval or (None, None)
        yield (
            *(number, figure.section, figure.what, count.n, count.of, count.share, low, high),
            *(chosen.product, chosen.not_product, chosen.first_day, chosen.last_day),
            _yes(chosen.unfavourable),
            _yes(chosen.rows is not None),
            _yes(chosen.without_rows is not None),
        )


def _listed_rows(figures: Sequence[Figure]) -> Iterable[Sequence[object]]:
    for number, figure in enumerate(figures, 1):
        for place in _listed(figure.count.selection):
            yield number, place + 1


def _listed(selection: Selection) -> Sequence[int]:
    return selection.rows or selection.without_rows or ()


def _product_rows(ranking: Ranking) -> Iterable[Sequence[object]]:
    for each in ranking.every:
        count = each.count
        yield (
            *(each.product, each.rank, *each.rank_interval, count.n, count.of, count.share),
            *(*(count.interval or (None, None)), each.shrunk_share, *each.shrunk_interval),
        )


def _review_rows(found: FileInsights) -> Iterable[Sequence[object]]:
    table, source, coded = found.table, found.source, found.coded
    best = table.probabilities.argmax(axis=1)
    for place, text in enumerate(table.texts):
        day = None if np.isnat(coded.day[place]) else str(coded.day[place])
        stars = None if np.isnan(coded.stars[place]) else float(coded.stars[place])
        yield (
            *(place + 1, source.names[int(source.file[place])], int(source.row[place])),
            *(_at(table.products, place), day, _at(table.authors, place), stars),
            table.labels[int(best[place])],
            _yes(bool(coded.unfavourable[place])),
            round(float(coded.unfavourable_probability[place]), 6),
            text,
        )


def _at(values: Sequence[str | None] | None, place: int) -> str | None:
    return None if values is None else values[place]


def _yes(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


class _Sheets:
    """Writes sheets row by row."""

    def __init__(self, book: Any, listen: Listener) -> None:
        self._book = book
        self._listen = listen
        self._head = book.add_format({"bold": True})
        self._apostrophe = book.add_format({"quote_prefix": True})

    def write(self, name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, self._head)
        cut = left = 0
        for number, row in enumerate(rows, 1):
            if number > MOST_ROWS:
                left += 1
                continue
            for column, value in enumerate(row):
                if isinstance(value, str):
                    cut += len(value) > LONGEST_CELL
                    starts = value.startswith(FORMULA_STARTS)
                    cell = value[:LONGEST_CELL]
                    sheet.write_string(number, column, cell, self._apostrophe if starts else None)
                elif value is not None:
                    sheet.write_number(number, column, value)
        if cut:
            self._listen(Notice(message=f"{cut:,} texts were cut at {LONGEST_CELL:,} characters"))
        if left:
            self._listen(
                Notice(message=f"The sheet {name!r} has no room for {left:,} more rows: see --json")
            )
