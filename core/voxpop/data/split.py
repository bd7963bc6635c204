"""A split: labelled reviews as a memory-mapped sequence, Hugging Face `datasets` underneath."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from voxpop.data.libraries import import_datasets, import_pyarrow
from voxpop.errors import DataError

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa
    from numpy.typing import NDArray

TEXT = "text"
LABEL = "label"


class Example(NamedTuple):
    """One review: its text, its label (a position in `Splits.labels`) and the source's extras."""

    text: str
    label: int
    extras: Mapping[str, object]


def whole_labels(labels: Iterable[int]) -> list[int]:
    """Give the labels as a list, once each is known to be a whole number that a column holds.

    Arrow would cut 0.5 down to 0 and a 2.0 of a table with gaps to 2, in silence.

    Raises:
        DataError: one is not; the message names its row.
    """
    whole = []
    for row, label in enumerate(labels):
        try:
            number = int(operator.index(label))
        except TypeError:
            number = None
        if number is None or not -(2**63) <= number < 2**63:
            raise DataError(
                f"Row {row} (counted from 0) has the label {label!r}; a label is a whole number, a "
                "position in the class names"
            )
        whole.append(number)
    return whole


class Split:
    """Labelled reviews in order; memory-mapped, so its size does not count against memory.

    Wraps a `datasets.Dataset` with a string column `text`, an integer column `label` and any other
    columns, which are the extras. Reading goes from record batch to record batch, whatever rows
    were selected in whatever order, so it is bounded in memory; rows in ascending order are
    quickest.

    Raises:
        DataError: a column is missing, or holds something else than texts or whole numbers.
    """

    def __init__(self, dataset: datasets.Dataset) -> None:
        self._dataset = dataset
        self._chosen: NDArray[np.int64] | None = None  # rows of `_dataset`; None: all
        # `datasets` keeps a selection of its own beside the table, under this name only.
        own = dataset._indices
        self._rows: NDArray[np.int64] | None = (  # rows of the table; None: all
            None if own is None else own.column(0).to_numpy().astype(np.int64)
        )
        self._batches: list[pa.RecordBatch] = dataset.data.table.to_batches()
        self._ends = np.cumsum([batch.num_rows for batch in self._batches], dtype=np.int64)
        _check_columns(dataset.data.table)

    @classmethod
    def from_rows(
        cls,
        texts: Iterable[str],
        labels: Iterable[int],
        extras: Mapping[str, Sequence[object]] | None = None,
    ) -> Split:
        """Make a split of rows that fit into memory.

        Raises:
            DataError: a text is no str, a label is no int, or the columns differ in length.
        """
        datasets, pa = import_datasets(), import_pyarrow()
        whole = whole_labels(labels)
        try:
            columns = {
                TEXT: pa.array(list(texts), pa.string()),
                LABEL: pa.array(whole, pa.int64()),
            }
            for name, values in (extras or {}).items():
                columns[name] = pa.array(list(values))
            return cls(datasets.Dataset(datasets.table.InMemoryTable(pa.table(columns))))
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise DataError(f"These rows do not make a split: {error}") from error

    @property
    def dataset(self) -> datasets.Dataset:
        """These very rows as a `datasets.Dataset`."""
        return self._dataset if self._chosen is None else self._dataset.select(self._chosen)

    def __len__(self) -> int:
        return len(self._dataset) if self._chosen is None else len(self._chosen)

    def __getitem__(self, index: int) -> Example:
        at = operator.index(index)
        if not -len(self) <= at < len(self):
            raise IndexError(f"row {at} of a split of {len(self)} rows")
        return next(_examples(self._slice(at % len(self), at % len(self) + 1)))

    def __iter__(self) -> Iterator[Example]:
        for batch in self.record_batches(1_000):
            yield from _examples(batch)

    def texts(self, chunk: int = 1_000) -> Iterator[Sequence[str]]:
        """Give the texts in order, in chunks, so that memory stays bounded."""
        for batch in self.record_batches(chunk, (TEXT,)):
            yield batch.column(0).to_pylist()

    @property
    def labels(self) -> NDArray[np.int64]:
        """Every label in order, int64 of shape (n,)."""
        parts = [np.zeros(0, np.int64)]
        parts += [batch.column(LABEL).to_numpy().astype(np.int64) for batch in self._batches]
        labels = np.concatenate(parts)
        return labels if self._rows is None else labels[self._rows]

    def select(self, indices: Iterable[int] | NDArray[np.int64]) -> Split:
        """Give those rows, in that order; no review is copied.

        Raises:
            IndexError: there is no such row.
        """
        chosen = (
            indices if isinstance(indices, np.ndarray) else np.fromiter(indices, np.int64)
        ).astype(np.int64)
        if len(chosen) and not (np.min(chosen) >= 0 and np.max(chosen) < len(self)):
            raise IndexError(f"a selected row is outside of 0 .. {len(self) - 1}")
        part = Split.__new__(Split)
        part.__dict__.update(self.__dict__)
        part._chosen = chosen if self._chosen is None else self._chosen[chosen]
        part._rows = chosen if self._rows is None else self._rows[chosen]
        return part

    def map_labels(self, positions: Sequence[int]) -> Split:
        """Give the same reviews with label l turned into `positions[l]`; texts are not copied."""
        datasets, pa = import_datasets(), import_pyarrow()
        table = pa.Table.from_batches(self._batches, self._dataset.data.table.schema)
        to = np.asarray(positions, dtype=np.int64)
        labels = [to[batch.column(LABEL).to_numpy()] for batch in self._batches]
        at = table.schema.get_field_index(LABEL)
        table = table.set_column(at, LABEL, pa.chunked_array(labels, pa.int64()))
        # `datasets` keeps its own column types in the metadata.
        table = table.replace_schema_metadata(None)
        mapped = Split(datasets.Dataset(datasets.table.InMemoryTable(table)))
        return mapped if self._rows is None else mapped.select(self._rows)

    def record_batches(
        self, rows: int, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Give the rows in order as Arrow record batches of `rows` rows (the last may be shorter).

        Args:
            rows: rows a batch, at least 1.
            columns: those alone; `text`, `label` and every extra when None.
        """
        for start in range(0, len(self), rows):
            yield self._slice(start, min(start + rows, len(self)), columns)

    def _slice(self, start: int, stop: int, columns: Sequence[str] | None = None) -> pa.RecordBatch:
        """Gather the rows at start .. stop - 1 into one batch."""
        pa = import_pyarrow()
        rows = np.arange(start, stop) if self._rows is None else self._rows[start:stop]
        # Each batch is asked once, for its rows in ascending order: `take` on a whole table may
        # copy all of it, and `datasets` gathers row by row.
        order = None if bool((rows[1:] >= rows[:-1]).all()) else np.argsort(rows, kind="stable")
        rising = rows if order is None else rows[order]
        owners = np.searchsorted(self._ends, rising, side="right")
        borders = np.flatnonzero(np.diff(owners)) + 1
        parts = []
        for those, owner in zip(
            np.split(rising, borders), owners[np.append(0, borders)], strict=True
        ):
            batch = self._batches[owner]
            inside = those - (self._ends[owner] - batch.num_rows)
            if columns is not None:
                batch = batch.select(list(columns))
            if (np.diff(inside) == 1).all():
                parts.append(batch.slice(int(inside[0]), len(inside)))  # no copy
            else:
                parts.append(batch.take(pa.array(inside)))
        gathered = parts[0] if len(parts) == 1 else pa.concat_batches(parts)
        return gathered if order is None else gathered.take(pa.array(np.argsort(order)))


def _examples(batch: pa.RecordBatch) -> Iterator[Example]:
    columns = {name: batch.column(name).to_pylist() for name in batch.schema.names}
    texts, labels = columns.pop(TEXT), columns.pop(LABEL)
    for row, (text, label) in enumerate(zip(texts, labels, strict=True)):
        yield Example(text, label, {name: values[row] for name, values in columns.items()})


def _check_columns(table: pa.Table) -> None:
    types = import_pyarrow().types
    wanted: list[tuple[str, Any, str]] = [
        (TEXT, lambda kind: types.is_string(kind) or types.is_large_string(kind), "texts"),
        (LABEL, types.is_integer, "whole numbers, positions in the class names"),
    ]
    for name, is_right, what in wanted:
        if table.schema.names.count(name) != 1:
            raise DataError(
                f"A split needs one column {name!r} of {what}; "
                f"this one has the columns {', '.join(table.schema.names) or '(none)'}"
            )
        column = table.column(name)
        if not is_right(column.type):
            raise DataError(f"The column {name!r} of a split holds {what}; here: {column.type}")
        if column.null_count:
            raise DataError(
                f"The column {name!r} of a split holds nothing (null) in {column.null_count} of "
                f"{len(column)} rows; drop those rows, or write an empty text"
            )
