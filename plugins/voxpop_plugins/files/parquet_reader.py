"""Reads Parquet, some thousand rows at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from voxpop import DataError
from voxpop_plugins.files.input_file import InputFile
from voxpop_plugins.files.rows import BadRow, Row

_ROWS = 5_000


class ParquetReader:
    """Reads Parquet; null is a missing value.

    Raises:
        DataError: the file is no Parquet.
    """

    def __init__(self, file: InputFile) -> None:
        self._file = file
        self._share = 0.0
        import pyarrow.parquet

        with self._faults_told():
            self.columns: tuple[str, ...] = tuple(
                pyarrow.parquet.read_schema(file.path, memory_map=False).names
            )

    @property
    def position(self) -> int:
        """How many of the file's bytes were read so far, going by the rows."""
        return int(self._share * self._file.size)

    def where(self, place: int) -> str:
        """Name a row, counted from 1."""
        return f"row {place}"

    def rows(self) -> Iterator[Row | BadRow]:
        """Give the rows in order; places are row numbers from 1.

        Raises:
            DataError: the file cannot be read.
        """
        import pyarrow.parquet

        with self._faults_told(), pyarrow.parquet.ParquetFile(self._file.path) as parquet:
            total = parquet.metadata.num_rows
            place = 0
            for batch in parquet.iter_batches(_ROWS):
                columns = [column.to_pylist() for column in batch.columns]
                for values in zip(*columns, strict=True):
                    place += 1
                    yield Row(place, values)
                self._share = place / total

    @contextlib.contextmanager
    def _faults_told(self) -> Iterator[None]:
        import pyarrow as pa

        try:
            with self._file.faults_told():
                yield
        except pa.ArrowException as error:
            raise DataError(self._file.damaged(error)) from error
