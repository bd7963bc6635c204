from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.shards.data_sets import Row, fetch, rows_in
from voxpop import Progress, review_text
from voxpop.testing import RecordingListener

TEXT = (
    st.none()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.sampled_from(["\0", "a\r\nb", '"', '""', "None", "NA", " ", "\ufeff", "x" * 5_000, "🙂"])
)


@settings(max_examples=25)
@given(
    rows=st.lists(st.tuples(st.sampled_from([0, 1]), TEXT, TEXT), max_size=20),
    rows_per_file=st.integers(1, 9),
)
def test_any_text_survives_with_title_and_content_apart(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], rows_per_file: int
) -> None:
    rows = [(0, "a", "b"), (1, "c", "d"), *rows]
    directory = tmp_path_factory.mktemp("any") / "data"
    manifest = fetch(directory, rows, rows_per_file=rows_per_file)
    read = rows_in(directory)
    assert read == [(label, title or "", content or "") for label, title, content in rows]
    assert [review_text(t, c) for _, t, c in read] == [review_text(t, c) for _, t, c in rows]
    assert manifest.splits["train"].rows == len(rows)
    counts = [sum(label == at for label, _, _ in rows) for at in (0, 1)]
    assert manifest.splits["train"].labels == dict(zip(manifest.labels, counts, strict=True))
    train = [r for path, r in manifest.files.items() if path.startswith("train/")]
    assert [r.rows for r in train][:-1] == [rows_per_file] * (len(train) - 1)


def test_row_groups_hold_a_thousand_reviews_in_the_schema_of_the_hub(tmp_path: Path) -> None:
    rows: list[Row] = [(row % 2, "title", f"content {row}") for row in range(2_500)]
    listener = RecordingListener()
    manifest = fetch(tmp_path / "data", rows, rows_per_file=2_200, listen=listener)
    first, second = sorted(path for path in manifest.files if path.startswith("train/"))
    assert (first, second) == ("train/00000-of-00002.parquet", "train/00001-of-00002.parquet")
    metadata = pa.parquet.read_metadata(tmp_path / "data" / first)
    groups = [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
    assert groups == [1_000, 1_000, 200]
    schema = pa.parquet.read_schema(tmp_path / "data" / first)
    assert [(f.name, str(f.type)) for f in schema] == [
        ("label", "int64"),
        ("title", "string"),
        ("content", "string"),
    ]
    done = [e.done for e in listener.events if isinstance(e, Progress) and "train" in e.stage]
    assert done == [1_000, 2_000, 2_200, 2_500]


def test_a_row_group_of_long_reviews_ends_sooner(tmp_path: Path) -> None:
    rows: list[Row] = [(row % 2, "", f"{row}" + "x" * 25_000) for row in range(6_000)]
    fetch(tmp_path / "data", rows, rows_per_file=250_000)
    metadata = pa.parquet.read_metadata(tmp_path / "data" / "train" / "00000-of-00001.parquet")
    groups = [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
    assert sum(groups) == 6_000
    assert max(groups) <= 750


def test_a_flipped_bit_of_any_page_is_told_and_the_footer_is_small(tmp_path: Path) -> None:
    rows: list[Row] = [(row % 2, f"t{row}", f"{row} " * 80) for row in range(40_000)]
    fetch(tmp_path / "data", rows, rows_per_file=250_000)
    path = tmp_path / "data" / "train" / "00000-of-00001.parquet"
    sound = path.read_bytes()
    assert int.from_bytes(sound[-8:-4], "little") < 40 * 270
    group = pa.parquet.read_metadata(path).row_group(7)
    for column in map(group.column, range(3)):
        start = column.dictionary_page_offset or column.data_page_offset
        damaged = bytearray(sound)
        damaged[start + column.total_compressed_size - 1] ^= 1
        path.write_bytes(damaged)
        with (
            pytest.raises(OSError, match="checksum"),
            pa.parquet.ParquetFile(path, page_checksum_verification=True) as shard,
        ):
            shard.read()


def test_the_library_datasets_knows_the_class_names(tmp_path: Path) -> None:
    fetch(tmp_path / "data")
    path = str(tmp_path / "data" / "train" / "00000-of-00004.parquet")
    read = datasets.Dataset.from_parquet(path, cache_dir=str(tmp_path / "cache"))
    assert read.features["label"].names == ["negative", "positive"]


def test_the_same_reviews_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = fetch(tmp_path / "a"), fetch(tmp_path / "b")
    assert first.is_same_data(second)
    assert first.files == second.files
