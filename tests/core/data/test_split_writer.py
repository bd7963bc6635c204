import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxpop import DataError, Example, Split, SplitWriter

ROWS = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.integers(0, 9),
        st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
    ),
    max_size=8,
)


class DiskFaultError(Exception):
    """What the guard of these tests turns an OSError into."""


@contextlib.contextmanager
def guard() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DiskFaultError(error.strerror) from error


@settings(deadline=None, max_examples=25)
@given(chunks=st.lists(ROWS, max_size=4), repeat=st.sampled_from([1, 2_500]))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    chunks: list[list[tuple[str, int, str | None]]],
    repeat: int,
) -> None:
    file = tmp_path_factory.mktemp("writer") / "reviews.arrow"
    expected = []
    with file.open("wb", buffering=0) as out:
        writer = SplitWriter(out, guard)
        for chunk in chunks:
            rows = chunk * repeat
            texts, labels, stars = (
                (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
            )
            writer.write(texts, labels, {"stars": stars})
            expected += [Example(text, label, {"stars": star}) for text, label, star in rows]
        digest, size = writer.finish()
    assert writer.rows == len(expected)
    data = file.read_bytes()
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (digest, size)
    assert list(Split(datasets.Dataset.from_file(str(file)))) == expected


def test_long_reviews_do_not_wait_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "reviews.arrow"
    with file.open("wb", buffering=0) as out:
        writer = SplitWriter(out, guard)
        for _ in range(3):
            writer.write(["x" * 500_000] * 9, [0] * 9)
            assert file.stat().st_size > 4_000_000 * (writer.rows // 9)
        writer.finish()
    assert len(Split(datasets.Dataset.from_file(str(file)))) == 27


def test_nothing_written_is_an_empty_split(tmp_path: Path) -> None:
    file = tmp_path / "reviews.arrow"
    with file.open("wb", buffering=0) as out:
        SplitWriter(out, guard).finish()
    assert len(Split(datasets.Dataset.from_file(str(file)))) == 0


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "reviews.arrow").open("wb", buffering=0) as out:
        writer = SplitWriter(out, guard)
        writer.write(["half \ud83d"], [0])
        with pytest.raises(DataError, match=r"cannot be stored: .*surrogates not allowed"):
            writer.finish()


def test_a_full_disk_is_told_by_the_guard() -> None:
    with Path("/dev/full").open("wb", buffering=0) as out:
        writer = SplitWriter(out, guard)
        with pytest.raises(DiskFaultError, match="No space left on device"):
            writer.write(["text"] * 20_000, [0] * 20_000)


@pytest.mark.parametrize("label", [0.5, 2**70, None])
def test_a_label_that_is_no_whole_number_is_refused(tmp_path: Path, label: Any) -> None:
    with (tmp_path / "reviews.arrow").open("wb", buffering=0) as out:
        writer = SplitWriter(out, guard)
        with pytest.raises(DataError, match=r"Row 1 .* has the label"):
            writer.write(["a", "b"], [0, label])
