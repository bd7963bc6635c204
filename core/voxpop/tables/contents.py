"""What the cells of a column look like, whatever it is called."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from voxpop.tables.cells import cell_text
from voxpop.tables.dates import readings
from voxpop.tables.ratings import read_number

_WORD = re.compile(r"[^\W\d_]{2,}")
_ADDRESS = re.compile(r"^\s*(https?://|www\.)\S+\s*$|^\S+@\S+\.\w+$")


@dataclass(frozen=True, kw_only=True)
class Contents:
    """Measures of a column's filled cells; shares are of these.

    Attributes:
        filled: how many cells are not empty.
        words: mean number of words.
        dates: share that are dates.
        numbers: share that are numbers, or stars.
        small: share that are numbers from 0 to 10.
        distinct: different cells, as a share.
        links: share that are an address of the web or of mail.
    """

    filled: int
    words: float
    dates: float
    numbers: float
    small: float
    distinct: float
    links: float

    @classmethod
    def of(cls, values: Sequence[object]) -> Contents:
        """Measure the values of a column."""
        filled = [value for value in values if value is not None and cell_text(value).strip()]
        if not filled:
            return cls(filled=0, words=0, dates=0, numbers=0, small=0, distinct=0, links=0)
        texts = [cell_text(value) for value in filled]
        count = len(filled)
        numbers = [read_number(value) for value in filled]
        return cls(
            filled=count,
            words=statistics.fmean(len(_WORD.findall(text)) for text in texts),
            dates=sum(map(is_date, filled)) / count,
            numbers=sum(number is not None for number in numbers) / count,
            small=sum(number is not None and 0 <= number <= 10 for number in numbers) / count,
            distinct=len(set(texts)) / count,
            links=sum(bool(_ADDRESS.match(text)) for text in texts) / count,
        )


def is_number(cell: object) -> bool:
    """Say whether a cell is a number, or a rating."""
    return read_number(cell) is not None


def is_date(cell: object) -> bool:
    """Say whether a cell is a date, in whatever order."""
    return bool(readings(cell))
