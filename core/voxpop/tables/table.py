"""What the readers of all formats give: a table whose rows come in batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from voxpop.tables.source import FileSource

SAMPLE_ROWS = 1_000


@dataclass(frozen=True, eq=False)
class TableBatch:
    """Rows that follow each other.

    Attributes:
        start: how many rows of the file come before them.
        problems: one a row: why it cannot be used as it is, else None.
        arrow: the same columns as a `pyarrow.RecordBatch`, where the file has types.
    """

    start: int
    problems: Sequence[str | None]
    cells: Sequence[Sequence[object]] = ()
    arrow: Any = None

    def __len__(self) -> int:
        return len(self.problems)

    def column(self, position: int) -> Sequence[object]:
        """Give the values of one column; None where there is none."""
        if self.arrow is None:
            return self.cells[position]
        return arrow_values(self.arrow.column(position))


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What one pass over the whole file found: its rows, and its columns in order."""

    rows: int
    columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a file is read, and why so; `reasons` are short phrases for the person who looks."""

    kind: str
    columns: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    settings: dict[str, object] = field(default_factory=dict)


class Table(ABC):
    """A file of rows, read from the start as often as asked, in bounded memory.

    Attributes:
        source: the file.
        layout: how it is read.
    """

    kind: ClassVar[str]

    def __init__(self, source: FileSource, layout: Layout) -> None:
        self.source = source
        self.layout = layout

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.source.path

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns: not empty, and each there once."""
        return self.layout.columns

    @abstractmethod
    def batches(self, rows: int, *, first: int = 0) -> Iterator[TableBatch]:
        """Give the rows in order, `rows` at a time (the last batch is shorter).

        Args:
            rows: of a batch.
            first: so many batches are passed over.

        Raises:
            DataError: the file cannot be read on.
        """

    def survey(self, tell: Callable[[int], None]) -> Survey:
        """Count the rows in one pass, which finds what is broken before any work is done.

        Args:
            tell: hears how many rows were seen so far.

        Raises:
            DataError: the file cannot be read to its end.
        """
        count = 0
        for batch in self.batches(10_000):
            count += len(batch)
            tell(count)
        return Survey(rows=count, columns=self.columns)

    def sample(self) -> TableBatch:
        """Give the first rows."""
        return next(self.batches(SAMPLE_ROWS), TableBatch(0, (), [() for _ in self.columns]))


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Give every column a name of its own: one without a name is called by its place."""
    taken: set[str] = set()
    unique = []
    for place, name in enumerate(names, 1):
        stem = name.strip() or f"column {place}"
        chosen, number = stem, 2
        while chosen in taken or (chosen != stem and chosen in names):
            chosen, number = f"{stem} ({number})", number + 1
        taken.add(chosen)
        unique.append(chosen)
    return tuple(unique)


def arrow_values(column: Any) -> list[object]:
    """Give an Arrow column as Python values; times are cut to microseconds, as Python has them."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    values: list[object] = column.to_pylist()
    return values
