import datasets
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxpop import Split
from voxpop.data.fingerprint import fingerprint

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ROWS = st.lists(st.tuples(TEXT, st.integers(0, 2)), max_size=12)
Rows = list[tuple[str, int]]


def split_of(rows: Rows) -> Split:
    return Split.from_rows([text for text, _ in rows], [label for _, label in rows])


def test_the_fingerprint_of_known_rows_never_changes() -> None:
    rows = [("Great.", 1), ("", 0), ("Zu spät\n", 0)]
    assert (
        fingerprint(split_of(rows))
        == "4861c52b8c229664b2d61d76511a8850d08ecbf45e00af3bbf13e08406b9e798"
    )


@settings(deadline=None)
@given(rows=ROWS, more=ROWS)
def test_other_rows_have_another_fingerprint(rows: Rows, more: Rows) -> None:
    same = fingerprint(split_of(rows)) == fingerprint(split_of(more))
    assert same == (rows == more)


@settings(deadline=None)
@given(rows=ROWS, cut=st.integers(0, 12))
def test_the_layout_in_memory_does_not_count(rows: Rows, cut: int) -> None:
    table = pa.table(
        {
            "label": pa.array([label for _, label in rows], pa.int8()),
            "stars": pa.array(["5"] * len(rows), pa.string()),
            "text": pa.array([text for text, _ in rows], pa.large_string()),
        }
    )
    parts = pa.concat_tables([table.slice(0, cut), table.slice(cut)])
    other = Split(datasets.Dataset(datasets.table.InMemoryTable(parts)))
    assert fingerprint(other) == fingerprint(split_of(rows))


@settings(deadline=None)
@given(rows=ROWS, data=st.data())
def test_a_selection_counts_as_the_rows_it_gives(rows: Rows, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(rows))))
    chosen = fingerprint(split_of(rows).select(order))
    assert chosen == fingerprint(split_of([rows[row] for row in order]))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["ab", "c"], ["a", "bc"]),  # the same bytes, cut elsewhere
        (["a", "b"], ["b", "a"]),
        (["a", ""], ["", "a"]),
    ],
)
def test_where_a_text_ends_counts(first: list[str], second: list[str]) -> None:
    assert fingerprint(Split.from_rows(first, [0, 1])) != fingerprint(
        Split.from_rows(second, [0, 1])
    )


def test_which_split_a_review_is_in_counts() -> None:
    a, b, c = (split_of([(text, 0)]) for text in "abc")
    both = split_of([("a", 0), ("b", 0)])
    late = split_of([("b", 0), ("c", 0)])
    assert len({fingerprint(both, c), fingerprint(a, late), fingerprint(a, b, c)}) == 3
