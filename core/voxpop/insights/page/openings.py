"""Every figure on the page opens its reviews: a link to a sheet that lists some of them.

A sheet is shown by the link's target alone (the style sheet does it), without any script.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from voxpop.evaluation.wording import count as spelled
from voxpop.evaluation.wording import percent, printable
from voxpop.insights.page.advice import Advice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.insights.file_insights import FileInsights
    from voxpop.insights.record import Count, Selection

EXAMPLES = (50, 30, 20, 12, 8, 5, 3, 1)
"""How many reviews a sheet lists; the first of these numbers with which all sheets fit."""
MOST_CHARACTERS = 1_300_000
"""Of all sheets together, so that a page of many reviews stays small."""
_TEXT, _NAME = 280, 60


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A count as the page states it."""

    section: str
    what: str
    count: Count


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    number: int
    n: int
    what: str
    is_ranked: bool


class Openings:
    """Gathers the figures of a page while it is written, and then lists their reviews."""

    def __init__(
        self, found: FileInsights, more_at: str | None = None, advice: Advice | None = None
    ) -> None:
        """Begin with no figure.

        Args:
            found: what the figures are about.
            more_at: the address of all reviews of a sheet, `{number}` in it; None when the page
                stands alone.
            advice: how what the page advises is done.
        """
        self._found, self._more_at = found, more_at
        self.advice = advice or Advice()
        self._sheets: dict[Selection, _Sheet] = {}
        self._anchored: set[int] = set()
        self.figures: list[Figure] = []
        self.section = ""

    def add(self, count: Count, what: str, out_of: str) -> tuple[str, str]:
        """Add a figure; give its n and its N as links.

        Args:
            count: the figure.
            what: which reviews the n are, in words.
            out_of: which reviews the N are.
        """
        self.figures.append(Figure(section=self.section, what=what, count=count))
        return (
            self._link(count.n, count.selection, what),
            self._link(count.of, count.out_of, out_of),
        )

    def address(self, count: Count, what: str) -> str:
        """Give the address of the sheet of a figure's n, for links that are no text."""
        return f"#o{self._sheet(count.selection, count.n, what).number}"

    def _link(self, n: int, selection: Selection, what: str) -> str:
        if not n:
            return "0"
        number = self._sheet(selection, n, what).number
        place = "" if number in self._anchored else f' id="f{number}"'  # a sheet closes to there
        self._anchored.add(number)
        return f'<a class="n" href="#o{number}"{place}>{spelled(n)}</a>'

    def _sheet(self, selection: Selection, n: int, what: str) -> _Sheet:
        sheet = self._sheets.get(selection)
        if sheet is None:
            sheet = _Sheet(number=len(self._sheets) + 1, n=n, what=what, is_ranked=selection.ranked)
            self._sheets[selection] = sheet
        return sheet

    def sheets(self) -> Iterator[str]:
        """Give all sheets, each with as many reviews as fit on the page."""
        places = [
            (sheet, selection.places(self._found.coded))
            for selection, sheet in self._sheets.items()
        ]
        items = _Items(self._found)
        for most in EXAMPLES:
            total = sum(
                sum(len(items.item(row)) for row in _some(sheet, rows, most).tolist())
                for sheet, rows in places
            )
            if total <= MOST_CHARACTERS:
                break
        for sheet, rows in places:
            more = self._more_at and self._more_at.format(number=sheet.number)
            yield from _written(sheet, len(rows), _some(sheet, rows, most), items, more)

    @property
    def selections(self) -> dict[int, tuple[str, Selection]]:
        """What each sheet's reviews are, in words and as a filter, by the sheet's number."""
        return {sheet.number: (sheet.what, chosen) for chosen, sheet in self._sheets.items()}


def spread(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Choose at most so many rows, evenly spread over all of them, the first one included."""
    if len(rows) <= most:
        return rows
    return rows[np.arange(most) * len(rows) // most]


def _some(sheet: _Sheet, rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    return rows[:most] if sheet.is_ranked else spread(rows, most)


def _written(
    sheet: _Sheet, n: int, shown: NDArray[np.int64], items: _Items, more: str | None
) -> Iterator[str]:
    told = f"{spelled(n)} review{'s' if n != 1 else ''}"
    if len(shown) < n:
        which = "the surest first" if sheet.is_ranked else "evenly spread over the file"
        told = f"Showing {spelled(len(shown))} of {told}, {which}"
    yield (
        f'<article class="sheet" id="o{sheet.number}" data-count="{n}" tabindex="-1" '
        f'aria-labelledby="h{sheet.number}">'
    )
    yield f'<a class="close" href="#f{sheet.number}">Close</a>'
    yield f'<h2 id="h{sheet.number}">{escape(sheet.what)}</h2>'
    if more and len(shown) < n:
        told += f' · <a href="{escape(more)}">Show all of them</a>'
    yield f"<p>{told}</p>"
    yield "<ol>"
    for row in shown.tolist():
        yield items.item(row)
    yield "</ol>"
    yield "</article>"


class _Items:
    """A review as a list item; written once, however often it is listed."""

    def __init__(self, found: FileInsights) -> None:
        self._found = found
        self._written: dict[int, str] = {}

    def item(self, row: int) -> str:
        if row not in self._written:
            self._written[row] = self._item(row)
        return self._written[row]

    def _item(self, row: int) -> str:
        table, source = self._found.table, self._found.source
        told = [f"row {spelled(int(source.row[row]))}"]
        if len(source.names) > 1:
            told.append(printable(source.names[int(source.file[row])], _NAME))
        if table.products is not None and table.products[row]:
            told.append(printable(str(table.products[row]), _NAME))
        if table.days is not None and not np.isnat(table.days[row]):
            told.append(str(table.days[row]))
        if table.stars is not None and not np.isnan(table.stars[row]):
            stars = float(table.stars[row])
            told.append(f"{stars:g} star{'s' if stars != 1 else ''}")
        best = int(table.probabilities[row].argmax())
        sure = percent(float(table.probabilities[row, best]), 0)
        told.append(f"called {printable(table.labels[best], _NAME)}, {sure} sure")
        text = escape(printable(table.texts[row], _TEXT))
        return f'<li><small>{escape(" · ".join(told))}</small><p dir="auto">{text}</p></li>'
