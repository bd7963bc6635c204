"""Writes reviews into an Arrow file, batch by batch, for a split to map into memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from io import RawIOBase
from typing import Any

from voxpop.data.libraries import import_pyarrow
from voxpop.data.split import LABEL, TEXT, whole_labels
from voxpop.errors import DataError

_MOST_ROWS = 10_000  # in memory, of short reviews
_MOST_CHARACTERS = 4_000_000  # of long ones


class SplitWriter:
    """Takes reviews in chunks of any size and writes them as an Arrow IPC stream.

    The columns are `text`, `label` and the extras, as texts or None; the first chunk says which
    extras there are.

    Disk faults are raised inside of `guard()`, so that they are told from those of the reading.

    Attributes:
        rows: how many reviews were taken.
    """

    def __init__(self, out: RawIOBase, guard: Callable[[], AbstractContextManager[None]]) -> None:
        self._out = _Counted(out)
        self._guard = guard
        self._stream: Any = None  # a pyarrow.ipc.RecordBatchStreamWriter
        self._columns: dict[str, list[Any]] = {}
        self._characters = 0
        self.rows = 0

    def write(
        self,
        texts: Sequence[str],
        labels: Sequence[int],
        extras: Mapping[str, Sequence[str | None]] | None = None,
    ) -> None:
        """Take reviews: texts, labels (0 and up) and, column by column, their extras.

        Raises:
            DataError: a text cannot be stored, as half of a surrogate pair cannot, or a label is no
                whole number.
        """
        chunk: dict[str, Sequence[Any]] = {
            TEXT: texts,
            LABEL: whole_labels(labels),
            **(extras or {}),
        }
        if not self._columns:
            self._columns = {name: [] for name in chunk}
        for name, values in self._columns.items():
            values.extend(chunk[name])
        self.rows += len(texts)
        self._characters += sum(map(len, texts))
        if len(self._columns[TEXT]) >= _MOST_ROWS or self._characters >= _MOST_CHARACTERS:
            self._flush()

    def finish(self) -> tuple[str, int]:
        """Write the rest; gives the sha256 and the size in bytes of the whole stream."""
        if not self._columns:
            self._columns = {TEXT: [], LABEL: []}
        self._flush()
        with self._guard():
            self._stream.close()
        return self._out.digest.hexdigest(), self._out.size

    def _flush(self) -> None:
        pa = import_pyarrow()
        kinds = {name: pa.int64() if name == LABEL else pa.string() for name in self._columns}
        if self._stream is None:
            with self._guard():
                self._stream = pa.ipc.new_stream(pa.PythonFile(self._out, "w"), pa.schema(kinds))
        try:
            columns = [pa.array(self._columns[name], kind) for name, kind in kinds.items()]
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise DataError(f"These reviews cannot be stored: {error}") from error
        batch = pa.record_batch(columns, names=list(kinds))
        if batch.num_rows:
            with self._guard():
                self._stream.write_batch(batch)
        self._columns = {name: [] for name in self._columns}
        self._characters = 0


class _Counted:
    """A writable file that knows the digest and the size of what went through it."""

    def __init__(self, out: RawIOBase) -> None:
        self._out = out
        self.digest = hashlib.sha256()
        self.size = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        left = memoryview(data)
        while left:
            left = left[self._out.write(left) :]
        self.digest.update(data)
        self.size += len(data)
        return len(data)

    def close(self) -> None:
        self.closed = True
