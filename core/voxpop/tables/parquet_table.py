"""Reads Parquet in batches, with its types."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from voxpop.errors import DataError
from voxpop.tables.libraries import import_extra
from voxpop.tables.source import FileSource, faults_told
from voxpop.tables.table import Layout, Survey, Table, TableBatch, unique_names


class ParquetTable(Table):
    """Parquet; null is a missing value.

    Attributes:
        schema: the `pyarrow.Schema`, its names made unique.

    Raises:
        DataError: it is no Parquet.
    """

    kind = "parquet"

    def __init__(self, source: FileSource) -> None:
        parquet = import_extra("pyarrow.parquet", "Reading Parquet")
        with self._faults_told(source):
            self.schema: Any = parquet.read_schema(source.path, memory_map=False)
        names = unique_names(self.schema.names)
        super().__init__(source, Layout(kind=self.kind, columns=names))

    def batches(self, rows: int, *, first: int = 0) -> Iterator[TableBatch]:
        """Give the rows in order; see `Table.batches`."""
        import pyarrow as pa
        import pyarrow.parquet

        with self._faults_told(self.source), pyarrow.parquet.ParquetFile(self.path) as file:
            groups, passed = _groups_from(file, first * rows)
            start, held = first * rows, []
            missing = first * rows - passed  # rows of the first group that are passed over
            waiting = 0
            for piece in file.iter_batches(rows, row_groups=groups, use_threads=False):
                if missing >= len(piece):
                    missing -= len(piece)
                    continue
                held.append(piece.slice(missing))
                missing = 0
                waiting += len(held[-1])
                while waiting >= rows:
                    whole = pa.Table.from_batches(held)
                    yield self._batch(start, whole.slice(0, rows))
                    start += rows
                    waiting -= rows
                    held = whole.slice(rows).to_batches()
            if waiting:
                yield self._batch(start, pa.Table.from_batches(held))

    def survey(self, tell: Callable[[int], None]) -> Survey:
        """Take the count of rows from the file's own metadata."""
        import pyarrow.parquet

        with self._faults_told(self.source):
            count = int(pyarrow.parquet.read_metadata(self.path).num_rows)
        tell(count)
        return Survey(rows=count, columns=self.columns)

    def _batch(self, start: int, rows: Any) -> TableBatch:
        import pyarrow as pa

        columns = [column.combine_chunks() for column in rows.columns]
        columns = [
            column.chunk(0) if isinstance(column, pa.ChunkedArray) and column.num_chunks else column
            for column in columns
        ]
        batch = pa.RecordBatch.from_arrays(columns, names=list(self.columns))
        return TableBatch(start, [None] * len(batch), arrow=batch)

    @contextlib.contextmanager
    def _faults_told(self, source: FileSource) -> Iterator[None]:
        import pyarrow as pa

        try:
            with faults_told(source.path):
                yield
        except pa.ArrowException as error:
            raise DataError(
                f"{str(source.path)!r} cannot be read as Parquet: {str(error).strip()}. It is "
                "damaged, cut short, or something else; fetch it anew"
            ) from error


def _groups_from(file: Any, row: int) -> tuple[list[int], int]:
    """Give the row groups from the one that holds a row, and how many rows come before them."""
    passed = 0
    for group in range(file.metadata.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        if passed + size > row:
            return list(range(group, file.metadata.num_row_groups)), passed
        passed += size
    return [], passed
