"""What the readers of all formats give: rows, and rows that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol


class Row(NamedTuple):
    """One row. `place` is what `Reader.where` turns into words; None is a missing value."""

    place: int
    values: Sequence[object]


class BadRow(NamedTuple):
    """A row that cannot be read, and why; `kind` counts alike reasons together."""

    place: int
    kind: str
    reason: str


class Reader(Protocol):
    """Reads one file, row by row, in bounded memory."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the values of every row."""

    @property
    def position(self) -> int:
        """How many of the file's bytes were read so far."""

    def rows(self) -> Iterator[Row | BadRow]:
        """Give the rows in order, from the first. Blank lines are no rows."""

    def where(self, place: int) -> str:
        """Say where a row stands in the file: "line 17"."""
