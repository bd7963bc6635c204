"""Writes scored rows as CSV, JSON Lines, Parquet or Excel."""

from __future__ import annotations

import csv
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from voxpop.errors import UsageError
from voxpop.tables.cells import cell_text
from voxpop.tables.libraries import import_extra
from voxpop.tables.parquet_table import ParquetTable
from voxpop.tables.ratings import read_number
from voxpop.tables.table import Table, TableBatch

_SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet", ".xlsx")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 32_767  # characters, in Excel
_MOST_ROWS = 1_048_576


class Output(ABC):
    """A file of scored rows; used as a context, and whole when that ends.

    Attributes:
        formulas: how many cells a spreadsheet would run as formulas.
        cut: how many cells were too long for the format and were cut.
    """

    formulas = 0
    cut = 0

    @abstractmethod
    def write(self, batch: TableBatch, added: Sequence[Sequence[object]]) -> None:
        """Write rows: the columns of the file, then those that scoring adds."""

    @abstractmethod
    def close(self) -> None:
        """Write the rest."""


def check_output(path: Path) -> None:
    """See that the name tells a format that can be written.

    Raises:
        UsageError: it does not.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise UsageError(
            f"The name of {str(path)!r} tells no format: end it in one of {', '.join(_SUFFIXES)}"
        )


def open_output(
    place: Path,
    suffix: str,
    tables: Sequence[Table],
    added: Sequence[str],
    *,
    labels: int,
    defuse: bool,
) -> Output:
    """Begin to write a file.

    Args:
        place: where to.
        suffix: tells the format.
        tables: what will be written, all with the same columns.
        added: the names of the columns that scoring adds.
        labels: how many of those hold probabilities.
        defuse: put an apostrophe before cells that a spreadsheet would run (CSV and TSV).

    Raises:
        MissingExtraError: the library that writes this format is not installed.
    """
    match suffix.lower():
        case ".jsonl":
            return JsonlOutput(place, tables, added)
        case ".parquet":
            return ParquetOutput(place, tables, added, labels)
        case ".xlsx":
            return ExcelOutput(place, tables, added)
        case other:
            return CsvOutput(place, tables, added, "\t" if other == ".tsv" else ",", defuse)


class CsvOutput(Output):
    """UTF-8, RFC 4180. Cells are as they were, unless formulas are to be defused."""

    def __init__(
        self,
        place: Path,
        tables: Sequence[Table],
        added: Sequence[str],
        delimiter: str,
        defuse: bool,
    ) -> None:
        self._defuse = defuse
        self._file = place.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, delimiter=delimiter, lineterminator="\r\n")
        self._writer.writerow(self._texts([*tables[0].columns, *added]))

    def write(self, batch: TableBatch, added: Sequence[Sequence[object]]) -> None:
        """Write rows."""
        columns = [self._texts(batch.column(place)) for place in _places(batch)]
        columns += [[cell_text(value) for value in column] for column in added]
        self._writer.writerows(zip(*columns, strict=True))

    def close(self) -> None:
        """Write the rest."""
        self._file.close()

    def _texts(self, values: Sequence[object]) -> list[str]:
        texts = [cell_text(value) for value in values]
        for place, text in enumerate(texts):
            if text.startswith(_FORMULA) and read_number(text) is None:
                self.formulas += 1
                if self._defuse:
                    texts[place] = f"'{text}"
        return texts


class JsonlOutput(Output):
    """One object a line, with the values that JSON has; others are texts."""

    def __init__(self, place: Path, tables: Sequence[Table], added: Sequence[str]) -> None:
        self._file = place.open("w", encoding="utf-8", newline="\n")
        self._names = [*tables[0].columns, *added]

    def write(self, batch: TableBatch, added: Sequence[Sequence[object]]) -> None:
        """Write rows."""
        columns = [*(batch.column(place) for place in _places(batch)), *added]
        for values in zip(*columns, strict=True):
            record = dict(zip(self._names, values, strict=True))
            try:
                line = json.dumps(record, ensure_ascii=False, default=cell_text, allow_nan=False)
            except ValueError:
                line = json.dumps(_finite(record), ensure_ascii=False, default=cell_text)
            self._file.write(line + "\n")

    def close(self) -> None:
        """Write the rest."""
        self._file.close()


class ParquetOutput(Output):
    """Columns keep the types that they have in Parquet; those of other formats are texts."""

    def __init__(
        self, place: Path, tables: Sequence[Table], added: Sequence[str], labels: int
    ) -> None:
        parquet = import_extra("pyarrow.parquet", "Writing Parquet")
        import pyarrow as pa

        schemas = [table.schema for table in tables if isinstance(table, ParquetTable)]
        typed = len(schemas) == len(tables) and all(one.equals(schemas[0]) for one in schemas)
        fields = [
            pa.field(name, schemas[0].field(place).type if typed else pa.string())
            for place, name in enumerate(tables[0].columns)
        ]
        types = [pa.string(), *[pa.float64()] * (1 + labels), pa.string(), pa.string()]
        fields += [pa.field(name, one) for name, one in zip(added, types, strict=True)]
        self._typed = typed
        self._schema = pa.schema(fields)
        self._file = place.open("wb")
        self._writer = parquet.ParquetWriter(self._file, self._schema, compression="zstd")
        self._waiting: list[Any] = []
        self._rows = 0

    def write(self, batch: TableBatch, added: Sequence[Sequence[object]]) -> None:
        """Write rows; several batches make one row group."""
        import pyarrow as pa

        types = self._schema.types
        before = len(types) - len(added)
        if self._typed:
            arrays = list(batch.arrow.columns)
        else:
            arrays = [
                pa.array(
                    [None if value is None else cell_text(value) for value in batch.column(place)],
                    pa.string(),
                )
                for place in range(before)
            ]
        arrays += [
            pa.array(values, kind) for values, kind in zip(added, types[before:], strict=True)
        ]
        self._waiting.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._rows += len(batch)
        if self._rows >= 50_000:
            self._flush()

    def close(self) -> None:
        """Write the rest."""
        self._flush()
        self._writer.close()
        self._file.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema))
        self._waiting, self._rows = [], 0


class ExcelOutput(Output):
    """A workbook of one sheet. Text is text there, whatever it begins with."""

    def __init__(self, place: Path, tables: Sequence[Table], added: Sequence[str]) -> None:
        library = import_extra("xlsxwriter", "Writing Excel", extra="insights")
        self._place = place
        self._book = library.Workbook(
            str(place), {"constant_memory": True, "tmpdir": str(place.parent)}
        )
        self._sheet = self._book.add_worksheet("scored")
        self._row = 0
        self._write_row([*tables[0].columns, *added])

    def write(self, batch: TableBatch, added: Sequence[Sequence[object]]) -> None:
        """Write rows.

        Raises:
            UsageError: a sheet cannot hold so many.
        """
        if self._row + len(batch) > _MOST_ROWS:
            raise UsageError(
                f"Excel holds {_MOST_ROWS:,} rows a sheet, and there are more: choose another "
                f"--out, such as {self._place.with_suffix('.parquet').name}"
            )
        columns = [*(batch.column(place) for place in _places(batch)), *added]
        for values in zip(*columns, strict=True):
            self._write_row(values)

    def close(self) -> None:
        """Write the rest."""
        library = import_extra("xlsxwriter.exceptions", "Writing Excel", extra="insights")
        try:
            self._book.close()
        except library.FileCreateError as error:
            raise OSError(*error.args[0].args) from error  # it wraps what the disk has said

    def _write_row(self, values: Sequence[object]) -> None:
        for column, value in enumerate(values):
            if isinstance(value, int | float) and not isinstance(value, bool):
                if math.isfinite(value):
                    self._sheet.write_number(self._row, column, value)
            elif text := cell_text(value):
                self.cut += len(text) > _LONGEST_CELL
                self._sheet.write_string(self._row, column, text[:_LONGEST_CELL])
        self._row += 1


def _places(batch: TableBatch) -> range:
    return range(len(batch.cells) if batch.arrow is None else batch.arrow.num_columns)


def _finite(value: object) -> object:
    """Give a value without the numbers that JSON does not have."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: _finite(one) for key, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
    return value
