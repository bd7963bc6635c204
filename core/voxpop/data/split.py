"""A split: labelled reviews as a memory-mapped sequence, Hugging Face `datasets` underneath."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import datasets
    import numpy as np
    from numpy.typing import NDArray

TEXT = "text"
LABEL = "label"


class Example(NamedTuple):
    """One review: its text, its label (a position in `Splits.labels`) and the source's extras."""

    text: str
    label: int
    extras: Mapping[str, object]


class Split:
    """Labelled reviews in order; memory-mapped, so its size does not count against memory.

    Wraps a `datasets.Dataset` with a string column `text`, an integer column `label` and any other
    columns, which are the extras.
    """

    def __init__(self, dataset: datasets.Dataset) -> None:
        self.dataset = dataset

    @classmethod
    def from_rows(
        cls,
        texts: Iterable[str],
        labels: Iterable[int],
        extras: Mapping[str, Sequence[object]] | None = None,
    ) -> Split:
        """Make a split of rows that fit into memory."""
        import datasets

        columns: dict[str, list[Any]] = {TEXT: list(texts), LABEL: list(labels)}
        for name, values in (extras or {}).items():
            columns[name] = list(values)
        return cls(datasets.Dataset.from_dict(columns))

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Example:
        row = dict(self.dataset[index])
        return Example(row.pop(TEXT), row.pop(LABEL), row)

    def __iter__(self) -> Iterator[Example]:
        for index in range(len(self)):
            yield self[index]

    def texts(self, chunk: int = 1_000) -> Iterator[Sequence[str]]:
        """Give the texts in order, in chunks, so that memory stays bounded."""
        for start in range(0, len(self), chunk):
            yield self.dataset[start : start + chunk][TEXT]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Every label in order, int64 of shape (n,)."""
        import numpy as np

        return np.asarray(self.dataset.with_format("numpy")[LABEL][:], dtype=np.int64)

    def select(self, indices: Iterable[int] | NDArray[np.int64]) -> Split:
        """Give those rows, in that order; nothing is copied."""
        return Split(self.dataset.select(indices))
