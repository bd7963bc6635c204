"""A column of dates, whose order of day and month is decided when all its cells were seen.

The first rows of a file may be all of one order and later ones of another, as when two exports are
put together. So each cell is kept as the days that it may mean, and what decides between them is
looked for in every row.
"""

from __future__ import annotations

import datetime
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from voxpop.errors import UsageError
from voxpop.tables.cells import cell_text
from voxpop.tables.dates import OrderEvidence, readings
from voxpop.tables.options import DateOrder
from voxpop.tables.roles import ChosenColumn

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ORDERS: tuple[DateOrder, ...] = ("dmy", "mdy", "ymd")
_EPOCH = datetime.date(1970, 1, 1).toordinal()
_NONE = -(2**31)  # stands for no day, in 32 bits
_MOST_REMEMBERED = 50_000  # cells whose meaning is not worked out again
_LONGEST_SHOWN = 40  # characters of a cell in a message

_Meant = Mapping[DateOrder | Literal["any"], datetime.date]


class DateColumn:
    """Takes in the cells of one column; 12 bytes each are kept until their order is known."""

    def __init__(self, path: Path, column: ChosenColumn, told: DateOrder | None) -> None:
        """Begin with no cell.

        Args:
            path: of the file, for messages.
            column: which one it is.
            told: the order, by whoever knows it; then the cells are not asked.
        """
        self._path, self._column, self._told = path, column, told
        self._evidence = OrderEvidence()
        self._days = {order: array("i") for order in _ORDERS}
        self._no_dates = 0
        self._remembered: dict[object, tuple[_Meant, tuple[int, ...]]] = {}

    def look(self, value: object, row: int) -> tuple[int, ...]:
        """Take a cell in as evidence of the order only; give the days that it may mean."""
        meant, days = self._meaning(value)
        self._evidence.add(value, meant, row)
        return days

    def add(self, value: object, row: int) -> None:
        """Take in the cell of a row that is a review; the first row is 1."""
        days = self.look(value, row)
        for order, day in zip(_ORDERS, days, strict=True):
            self._days[order].append(day)
        if all(day == _NONE for day in days) and cell_text(value).strip():
            self._no_dates += 1

    def finish(self) -> tuple[NDArray[np.datetime64], Counter[str], ChosenColumn]:
        """Decide the order.

        Returns:
            The days of the cells that were added, datetime64[D], NaT where there is none; how many
            filled cells could not be read, by reason; and the column, its order told.

        Raises:
            UsageError: the cells do not tell their order, or no order fits them all.
        """
        order = self._told or self._evidence.order()
        if order is None:
            raise UsageError(self._question())
        numbers = np.array(self._days[_ORDERS[0] if order == "any" else order], dtype=np.int64)
        days = numbers.astype("datetime64[D]")
        days[numbers == _NONE] = np.datetime64("NaT", "D")
        meaningful = np.zeros(len(numbers), dtype=bool)
        for other in self._days.values():
            meaningful |= np.array(other, dtype=np.int64) != _NONE
        unreadable = Counter(
            {
                "no date": self._no_dates,
                "no date in that order": int((meaningful & np.isnat(days)).sum()),
            }
        )
        return days, +unreadable, self._described(order)

    def _meaning(self, value: object) -> tuple[_Meant, tuple[int, ...]]:
        if not isinstance(value, str | datetime.date):
            return {}, (_NONE,) * len(_ORDERS)
        found = self._remembered.get(value)
        if found is None:
            meant = readings(value)
            any_ = meant.get("any")
            dates = (any_ or meant.get(order) for order in _ORDERS)
            days = tuple(_NONE if date is None else date.toordinal() - _EPOCH for date in dates)
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[value] = meant, days
        return found

    def _described(self, order: DateOrder | Literal["any"]) -> ChosenColumn:
        if self._told is not None or order == "any":
            return self._column
        reason = self._column.reason.partition(", in the order")[0]
        return replace(self._column, reason=f"{reason}, in the order {order}", question=None)

    def _question(self) -> str:
        where = f"the column {self._column.name!r} of {str(self._path)!r}"
        contradiction = self._evidence.contradiction()
        if contradiction is None:
            return (
                f"What the dates in {where} mean is not clear "
                f"({', '.join(self._column.samples)}): day or month first? Say --date-order dmy, "
                "mdy or ymd"
            )
        (early, one), (late, other) = contradiction
        return (
            f"The dates in {where} are not all in one order: row {early} has {_shown(one)}, row "
            f"{late} has {_shown(other)}. Say --date-order dmy, mdy or ymd, and dates that are "
            "not in that order count as not known; or mend the file"
        )


def _shown(value: object) -> str:
    return repr(cell_text(value)[:_LONGEST_SHOWN])
