"""Dates as people write them. What 03/04/2025 means is found in the column or asked."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from voxpop.tables.options import DateOrder

_CLOCK = r"(?:[t\s,]+\d{1,2}[:h]\d{2}.*)?"
_ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_CLOCK}")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_THREE = re.compile(rf"(\d{{1,2}})\s?[-/.]\s?(\d{{1,2}})\s?[-/.]\s?(\d{{4}}|\d{{2}}){_CLOCK}")
_DAY_FIRST = re.compile(
    rf"(?:[^\W\d]+\.?,?\s+)?(\d{{1,2}})(?:st|nd|rd|th|er|\.|\u00ba)?[\s-]+(?:de\s+)?([^\W\d_]+)\.?"
    rf"[\s,-]+(?:de\s+|del\s+)?(\d{{4}}){_CLOCK}"
)
_MONTH_FIRST = re.compile(
    rf"(?:[^\W\d]+\.?,?\s+)?([^\W\d_]+)\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}){_CLOCK}"
)
_AMAZON = re.compile(r"reviewed in [^\d]{2,40} on (?=\w+ \d|\d)")  # as its pages write it
# English, German, French, Spanish, Italian, Portuguese; one line a month.
_MONTH_NAMES = """
    jan january januar janner jänner janv janvier ene enero gen gennaio janeiro
    feb february februar fevr fév févr fevrier février febrero febbraio fev fevereiro
    mar march märz marz mrz mär mars marzo março marco
    apr april avr avril abr abril aprile
    may mai mayo mag maggio maio
    jun june juni juin junio giu giugno junho
    jul july juli juil juillet julio lug luglio julho
    aug august aout août ago agosto
    sep sept september septembre septiembre set settembre setembro
    oct october okt oktober octobre octubre ott ottobre out outubro
    nov november novembre noviembre novembro
    dec december dez dezember déc decembre décembre dic diciembre dicembre dezembro
"""
_MONTHS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(_MONTH_NAMES.strip().splitlines(), 1)
    for name in names.split()
}
_EARLIEST, _LATEST = 1970, 2100
_LONGEST = 80  # characters
_FEW_ROWS, _FEW = 50, 0.05  # less than this share of cells decides nothing: slips of the pen

_ORDERS: tuple[DateOrder, ...] = ("dmy", "mdy", "ymd")


def readings(value: object) -> dict[DateOrder | Literal["any"], datetime.date]:
    """Give the dates that a cell may mean, by the order that it takes; `any` where one is left."""
    if isinstance(value, datetime.datetime):
        return {"any": value.date()}
    if isinstance(value, datetime.date):
        return {"any": value}
    if not isinstance(value, str) or not 6 <= len(text := value.strip()) <= _LONGEST:
        return {}
    if not text[-1].isalnum() and text[-1] not in ".)":
        return {}
    text = text.casefold()
    if text.startswith("reviewed"):
        text = _AMAZON.sub("", text, count=1)
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _any(int(match[1]), int(match[2]), int(match[3]))
    if match := _THREE.fullmatch(text):
        return _orders(match[1], match[2], match[3])
    if match := _DAY_FIRST.fullmatch(text):
        return _any(int(match[3]), _MONTHS.get(match[2], 0), int(match[1]))
    if match := _MONTH_FIRST.fullmatch(text):
        return _any(int(match[3]), _MONTHS.get(match[1], 0), int(match[2]))
    return {}


class OrderEvidence:
    """What the cells of a column seen so far say of the order of its dates, in bounded memory."""

    def __init__(self) -> None:
        self._told = 0  # cells whose meaning depends on the order
        self._possible: Counter[str] = Counter()
        self._excluded: Counter[str] = Counter()
        self._first_against: dict[DateOrder, tuple[int, object]] = {}

    def add(
        self,
        value: object,
        meant: Mapping[DateOrder | Literal["any"], datetime.date],
        row: int = 0,
    ) -> None:
        """Take in one cell.

        Args:
            value: the cell.
            meant: what `readings` gives for it.
            row: where it stands, for `contradiction`.
        """
        if not meant or "any" in meant:
            return
        self._told += 1
        self._possible.update(meant.keys())
        if len(set(meant.values())) > 1 or len(meant) == 1:
            for order in _ORDERS:
                if order not in meant:
                    self._excluded[order] += 1
                    self._first_against.setdefault(order, (row, value))

    def order(self) -> DateOrder | Literal["any"] | None:
        """Give the one order in which all cells make sense.

        Returns:
            The order; `any` when no cell depends on it; None when the cells do not tell: no order
            fits them all, or too few speak against the others.
        """
        if not self._told:
            return "any"
        possible = [order for order in _ORDERS if self._possible[order]]
        left = [order for order in possible if not self._excluded[order]]
        if len(left) != 1:
            return None
        against = min(
            (self._excluded[order] for order in possible if order != left[0]), default=self._told
        )
        if self._told >= _FEW_ROWS and against < _FEW * self._told:
            return None
        return left[0]

    def contradiction(self) -> tuple[tuple[int, object], tuple[int, object]] | None:
        """Give two cells, each with its row, between which no order is left; else None.

        They are the first cells that speak against an order, the earliest and the latest of them.
        """
        possible = [order for order in _ORDERS if self._possible[order]]
        if not possible or any(not self._excluded[order] for order in possible):
            return None
        cells = sorted((self._first_against[order] for order in possible), key=lambda cell: cell[0])
        return cells[0], cells[-1]


def find_order(values: Iterable[object]) -> DateOrder | Literal["any"] | None:
    """Find the one order in which a column of dates makes sense, as `OrderEvidence.order` does."""
    evidence = OrderEvidence()
    for value in values:
        evidence.add(value, readings(value))
    return evidence.order()


def _any(year: int, month: int, day: int) -> dict[DateOrder | Literal["any"], datetime.date]:
    date = _date(year, month, day)
    return {} if date is None else {"any": date}


def _orders(first: str, second: str, third: str) -> dict[DateOrder | Literal["any"], datetime.date]:
    meant: dict[DateOrder | Literal["any"], datetime.date] = {}
    one, two, three = int(first), int(second), int(third)
    written: dict[DateOrder, tuple[int, int, int]] = {
        "dmy": (_century(three), two, one),
        "mdy": (_century(three), one, two),
    }
    if len(third) == 2 and len(first) == 2:
        written["ymd"] = (_century(one), two, three)
    for order, numbers in written.items():
        date = _date(*numbers)
        if date is not None:
            meant[order] = date
    return meant


def _century(year: int) -> int:
    return year + (2000 if year < 70 else 1900) if year < 100 else year


def _date(year: int, month: int, day: int) -> datetime.date | None:
    if not _EARLIEST <= year <= _LATEST:
        return None
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
