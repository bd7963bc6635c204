"""From a path to a table."""

from __future__ import annotations

from pathlib import Path

from voxpop.tables.csv_table import CsvTable
from voxpop.tables.excel_table import ExcelTable
from voxpop.tables.jsonl_table import JsonlTable
from voxpop.tables.options import ReadingOptions
from voxpop.tables.parquet_table import ParquetTable
from voxpop.tables.source import FileSource
from voxpop.tables.table import Table


def open_table(path: Path, options: ReadingOptions | None = None) -> Table:
    """Find out what a file is and how it is written.

    Args:
        path: CSV or any delimited text, JSON Lines, Parquet, Excel; text may be gzipped.
        options: what is known already; the rest is guessed from the file's bytes.

    Raises:
        DataError: it cannot be read, or two ways to read it are as likely.
        MissingExtraError: the library that reads this format is not installed.
        UsageError: an option names what does not exist.
    """
    options = options or ReadingOptions()
    source = FileSource.of(path)
    match source.kind:
        case "csv":
            return CsvTable(source, options)
        case "jsonl":
            return JsonlTable(source, options)
        case "parquet":
            return ParquetTable(source)
        case "excel":
            return ExcelTable(source, options)
