"""Reads CSV and TSV (RFC 4180) field by field, and knows the line of every row."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from typing import BinaryIO

from voxpop import DataError
from voxpop_plugins.files.config import FilesConfig
from voxpop_plugins.files.input_file import InputFile, bytes_read
from voxpop_plugins.files.rows import BadRow, Row

_LONGEST_FIELD = 1 << 24  # characters; beyond it a quote was never closed
END = "\0end of file"  # a last line of our own: gone when an open quote has swallowed it


class CsvReader:
    """Reads CSV and TSV; quoted fields may hold delimiters, quotes ("") and line breaks.

    Args:
        file: what to read.
        config: gives the delimiter, whether quotes count, and the names of the columns of a file
            without a header line.

    Raises:
        DataError: the header cannot be read.
    """

    def __init__(self, file: InputFile, config: FilesConfig) -> None:
        self._file = file
        self.delimiter = config.delimiter or ("\t" if file.format == "tsv" else ",")
        self.quotes = config.quotes
        self.has_header = config.columns is None
        self._packed: BinaryIO | None = None
        self.columns = config.columns or self._read_header()

    @property
    def position(self) -> int:
        """How many of the file's bytes were read so far."""
        return bytes_read(self._packed)

    def where(self, place: int) -> str:
        """Name the line that a row begins in."""
        return f"line {place}"

    def rows(self) -> Iterator[Row | BadRow]:
        """Give the rows in order; places are line numbers.

        Raises:
            DataError: a quote is never closed, or the file cannot be read.
        """
        records = self._records()
        if self.has_header:
            next(records, None)
        width = len(self.columns)
        for line, fields in records:
            if len(fields) == width:
                yield Row(line, fields)
            else:
                count = f"{len(fields)} field{'s' * (len(fields) != 1)}"
                yield BadRow(line, "another number of fields", f"{count} instead of {width}")

    def _read_header(self) -> tuple[str, ...]:
        for _, fields in self._records():
            return tuple(name.strip() for name in fields)
        raise DataError(f"{str(self._file.path)!r} holds nothing but blank lines")

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))
        with self._file.open_text(newline="") as (text, self._packed):
            reader = csv.reader(
                itertools.chain(text, [END]),
                delimiter=self.delimiter,
                quoting=csv.QUOTE_MINIMAL if self.quotes else csv.QUOTE_NONE,
            )
            line = 1
            try:
                for fields in reader:
                    if fields == [END]:
                        return
                    if fields and fields[-1].endswith(END):
                        break
                    if fields:
                        yield line, fields
                    line = reader.line_num + 1
            except csv.Error as error:
                raise DataError(self._broken(line, str(error))) from error
            raise DataError(self._broken(line, "a quote is never closed"))

    def _broken(self, line: int, reason: str) -> str:
        hint = (
            'If " is an ordinary character in this file, set `quotes = false` in [data]; '
            if self.quotes
            else ""
        )
        return (
            f"{str(self._file.path)!r}, line {line}: the row that begins here cannot be read: "
            f'{reason}. {hint}inside of quotes, a " is written twice'
        )
