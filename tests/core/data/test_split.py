import itertools
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxpop import DataError, Example, Split

TEXTS = [f"review {row}, ünïcode" for row in range(23)]
LABELS = [row % 3 for row in range(23)]
STARS = [str(row % 5) for row in range(23)]


def dataset_of_batches(*sizes: int) -> datasets.Dataset:
    """A dataset whose table lies in record batches of these sizes."""
    table = pa.table({"text": TEXTS, "label": LABELS, "stars": STARS})
    ends = list(itertools.accumulate(sizes, initial=0))
    parts = [table.slice(at, size) for at, size in zip(ends, sizes, strict=False)]
    return datasets.Dataset(datasets.table.InMemoryTable(pa.concat_tables(parts)))


EXAMPLES = [
    Example(text, label, {"stars": stars})
    for text, label, stars in zip(TEXTS, LABELS, STARS, strict=True)
]


def test_rows_come_back_as_they_were_given() -> None:
    split = Split.from_rows(TEXTS, LABELS, {"stars": STARS})
    assert list(split) == EXAMPLES
    assert [split[row] for row in range(len(split))] == EXAMPLES
    assert split[-1] == EXAMPLES[-1]
    assert split.labels.tolist() == LABELS
    assert split.labels.dtype == np.int64


@pytest.mark.parametrize("row", [23, -24, 1_000])
def test_there_is_no_row_beyond_the_ends(row: int) -> None:
    with pytest.raises(IndexError, match=f"row {row} of a split of 23 rows"):
        Split.from_rows(TEXTS, LABELS)[row]


@settings(deadline=None)
@given(chunk=st.integers(1, 30), sizes=st.sampled_from([(23,), (1, 22), (5, 5, 5, 8), (0, 23, 0)]))
def test_texts_come_in_chunks_of_the_size_asked_for(chunk: int, sizes: tuple[int, ...]) -> None:
    chunks = list(Split(dataset_of_batches(*sizes)).texts(chunk))
    assert list(itertools.chain.from_iterable(chunks)) == TEXTS
    assert all(len(texts) == chunk for texts in chunks[:-1])


@settings(deadline=None)
@given(
    rows=st.lists(st.integers(0, 22), max_size=40),
    again=st.data(),
    chunk=st.integers(1, 9),
    sizes=st.sampled_from([(23,), (3, 4, 16), (1,) * 23]),
)
def test_any_selection_in_any_order_is_given(
    rows: list[int], again: st.DataObject, chunk: int, sizes: tuple[int, ...]
) -> None:
    split = Split(dataset_of_batches(*sizes)).select(rows)
    expected = [EXAMPLES[row] for row in rows]
    if rows:
        twice = again.draw(st.lists(st.integers(0, len(rows) - 1), max_size=10))
        split, expected = split.select(np.array(twice, int)), [expected[row] for row in twice]
    assert len(split) == len(expected)
    assert list(split) == expected
    assert [text for texts in split.texts(chunk) for text in texts] == [e.text for e in expected]
    assert split.labels.tolist() == [example.label for example in expected]
    assert split.dataset["text"][:] == [example.text for example in expected]


def test_a_selection_of_the_dataset_itself_is_kept() -> None:
    rows = [20, 3, 3, 7, 0]
    split = Split(dataset_of_batches(8, 15).select(rows))
    assert list(split) == [EXAMPLES[row] for row in rows]
    assert list(split.select([4, 1])) == [EXAMPLES[0], EXAMPLES[3]]
    assert split.select([4, 1]).dataset["text"][:] == [TEXTS[0], TEXTS[3]]


def test_a_format_of_the_dataset_changes_nothing() -> None:
    split = Split(dataset_of_batches(23).with_format("numpy"))
    assert type(split[0].text) is str
    assert type(split[0].label) is int


@pytest.mark.parametrize("rows", [[23], [-1], [0, 99]])
def test_rows_that_are_not_there_cannot_be_selected(rows: list[int]) -> None:
    with pytest.raises(IndexError, match=r"outside of 0 \.\. 22"):
        Split.from_rows(TEXTS, LABELS).select(rows)


def test_labels_are_mapped_without_touching_the_texts() -> None:
    split = Split(dataset_of_batches(8, 15)).select([22, 0, 9]).map_labels([2, 0, 1])
    assert list(split) == [
        Example(EXAMPLES[row].text, [2, 0, 1][EXAMPLES[row].label], EXAMPLES[row].extras)
        for row in (22, 0, 9)
    ]


def test_a_split_may_be_empty() -> None:
    split = Split.from_rows([], [])
    assert len(split) == 0
    assert list(split) == []
    assert list(split.texts()) == []
    assert split.labels.shape == (0,)


def test_a_file_is_mapped_not_read(tmp_path: Path) -> None:
    file = tmp_path / "reviews.arrow"
    table = pa.table({"text": ["x" * 1_000] * 50_000, "label": [0] * 50_000})
    with pa.OSFile(str(file), "wb") as out, pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table, max_chunksize=1_000)
    before = pa.total_allocated_bytes()
    split = Split(datasets.Dataset.from_file(str(file)))
    assert sum(len(texts) for texts in split.texts()) == 50_000
    assert pa.total_allocated_bytes() - before < 5_000_000


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": ["a"]}, "needs one column 'label'.*has the columns text$"),
        ({"label": [0]}, "needs one column 'text' of texts"),
        ({"text": [1], "label": [0]}, "column 'text' of a split holds texts; here: int64"),
        ({"text": ["a"], "label": ["0"]}, "column 'label' .* holds whole numbers.*here: string"),
        ({"text": ["a"], "label": [0.0]}, "here: double"),
        ({"text": ["a", None], "label": [0, 1]}, r"nothing \(null\) in 1 of 2 rows"),
        ({"text": ["a", "b"], "label": [None, 1]}, r"'label' .* nothing \(null\) in 1 of 2 rows"),
    ],
)
def test_wrong_columns_are_refused(columns: dict[str, list[object]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Split(datasets.Dataset.from_dict(columns))


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["a", 5], [0, 1], "do not make a split"),
        (["a"], ["x"], "Row 0 .* has the label 'x'"),
        (["a", "b"], [0, 0.5], "Row 1 .* has the label 0.5; a label is a whole number"),
        (["a", "b"], np.array([1.0, 0.0]), "Row 0 .* has the label np.float64"),
        (["a", "b"], [0, 2**70], f"Row 1 .* has the label {2**70}"),
        (["a", "b"], [0, None], "Row 1 .* has the label None"),
        (["a"], [0, 1], "do not make a split"),
        (["half \ud800"], [0], "do not make a split: .*surrogates not allowed"),
        (["a", None], [0, 1], r"nothing \(null\) in 1 of 2 rows"),
    ],
)
def test_wrong_rows_are_refused(texts: list[str], labels: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Split.from_rows(texts, labels)


@pytest.mark.parametrize("labels", [[True, False], np.array([1, 0], np.int8), (1, 0)])
def test_whole_numbers_of_any_kind_are_labels(labels: Any) -> None:
    assert Split.from_rows(["a", "b"], labels).labels.tolist() == [1, 0]


def test_a_column_that_arrow_cannot_hold_is_refused() -> None:
    with pytest.raises(DataError, match="do not make a split"):
        Split.from_rows(["a"], [0], {"weight": [2**70]})
