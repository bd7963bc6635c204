"""Reads delimited text (RFC 4180 and what people make of it) in batches of rows."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator

from voxpop.errors import DataError
from voxpop.tables.dialect import Dialect, choose_dialect
from voxpop.tables.encodings import ERRORS, UNDECODABLE, choose_encoding
from voxpop.tables.options import ReadingOptions
from voxpop.tables.source import FileSource
from voxpop.tables.table import Layout, Table, TableBatch, unique_names

_HEAD = 1 << 20  # bytes that show how a file is written
_END = "\0end of file"  # a last line of our own: gone when an open quote has swallowed it
_SHOWN = "\ufffd"  # what a person sees instead of undecodable bytes


class CsvTable(Table):
    """Delimited text. Blank lines are no rows; a row of another width is marked, not dropped.

    Cells beyond the last column are kept in it, with their delimiters, so nothing is lost.

    Raises:
        DataError: how it is written is not clear, or it cannot be read.
    """

    kind = "csv"

    def __init__(self, source: FileSource, options: ReadingOptions) -> None:
        self._encoding = choose_encoding(source, options.encoding)
        head, whole = source.head(_HEAD)
        text = head.decode(self._encoding.name, errors=ERRORS)
        if not whole and (end := text.rfind("\n")) > 0:
            text = text[: end + 1]
        self._dialect, reasons = choose_dialect(source.path, text, whole, options)
        layout = Layout(
            kind=self.kind,
            columns=(),
            reasons=(f"{self._encoding.name} ({self._encoding.reason})", *reasons),
            settings={"encoding": self._encoding.name, **vars(self._dialect)},
        )
        super().__init__(source, layout)
        names = self._names()
        self.layout = Layout(
            kind=self.kind, columns=names, reasons=layout.reasons, settings=layout.settings
        )

    @property
    def dialect(self) -> Dialect:
        """How the lines are read."""
        return self._dialect

    def batches(self, rows: int, *, first: int = 0) -> Iterator[TableBatch]:
        """Give the rows in order; see `Table.batches`."""
        records = self._records()
        if self._dialect.header:
            next(records, None)
        for _ in itertools.islice(records, first * rows):
            pass
        start = first * rows
        while chunk := list(itertools.islice(records, rows)):
            yield self._batch(start, chunk)
            start += len(chunk)

    def _batch(self, start: int, records: list[list[str]]) -> TableBatch:
        width = len(self.columns)
        problems: list[str | None] = [None] * len(records)
        for place, cells in enumerate(records):
            if len(cells) != width:
                problems[place] = self._fit(cells, width)
            if any(UNDECODABLE in cell for cell in cells if not cell.isascii()):
                problems[place] = f"bytes that are not {self._encoding.name}"
                cells[:] = [cell.replace(UNDECODABLE, _SHOWN) for cell in cells]
        return TableBatch(start, problems, list(zip(*records, strict=True)))

    def _fit(self, cells: list[str], width: int) -> str | None:
        """Bring a row to the width of the table; give the problem that this is, if any."""
        count = len(cells)
        if count < width:
            cells += [""] * (width - count)
            return f"too few cells ({count} instead of {width})"
        if not any(cells[width:]):
            del cells[width:]
            return None
        cells[width - 1 :] = [self._dialect.delimiter.join(cells[width - 1 :])]
        return f"too many cells ({count} instead of {width})"

    def _names(self) -> tuple[str, ...]:
        first = next(self._records(), None)
        if first is None:
            raise DataError(f"{str(self.path)!r} holds nothing but blank lines")
        if self._dialect.header:
            return unique_names([cell.replace(UNDECODABLE, _SHOWN) for cell in first])
        return unique_names([""] * len(first))

    def _records(self) -> Iterator[list[str]]:
        line = 1 + self._dialect.skip
        with self.source.open() as stream:
            text = io.TextIOWrapper(stream, encoding=self._encoding.name, errors=ERRORS, newline="")
            try:
                for _ in range(self._dialect.skip):
                    text.readline()
                reader = self._dialect.reader(itertools.chain(text, [_END]))
                for cells in reader:
                    if cells == [_END]:
                        return
                    if cells and cells[-1].endswith(_END):
                        raise DataError(self._broken(line, "a quote is never closed"))
                    if cells:
                        yield cells
                    line = reader.line_num + 1 + self._dialect.skip
            except csv.Error as error:
                raise DataError(self._broken(line, str(error))) from error
            finally:
                if not text.closed:
                    text.detach()

    def _broken(self, line: int, reason: str) -> str:
        hint = (
            'If " is an ordinary character in this file, say --no-quotes; '
            if self._dialect.quotes
            else ""
        )
        return (
            f"{str(self.path)!r}, line {line}: the row that begins here cannot be read: {reason}. "
            f'{hint}inside of quotes, a " is written twice'
        )
