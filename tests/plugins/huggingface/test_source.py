from collections.abc import Mapping
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet
import pytest

from voxpop import DataError, DataSourcePart, Notice, Split, Splits
from voxpop.testing import DataSourceConformance, RecordingListener
from voxpop_plugins.huggingface.config import HuggingFaceConfig
from voxpop_plugins.huggingface.plugin import voxpop_data_sources

ROWS: Mapping[str, list[Any]] = {
    "label": ["bad", "good", "bad", "good"],
    "title": ["Broke", None, "", "None"],
    "content": ["It broke.", "It works\0", "Bad\r\n", None],
    "stars": [1, 5, 2, 4],
}


def the_part() -> DataSourcePart[HuggingFaceConfig]:
    (part,) = voxpop_data_sources()
    return part


def folder(root: Path, rows: Mapping[str, list[Any]] = ROWS) -> Path:
    root.mkdir(exist_ok=True)
    for split in ("train", "test"):
        pa.parquet.write_table(pa.table(dict(rows)), root / f"{split}.parquet")
    return root


def load(path: Path, **options: Any) -> tuple[Splits, list[str]]:
    listener = RecordingListener()
    splits = the_part().load(HuggingFaceConfig(path=str(path), **options), listener)
    return splits, [event.message for event in listener.events if isinstance(event, Notice)]


def rows_of(split: Split | None) -> list[tuple[str, int]]:
    assert split is not None
    return [(example.text, example.label) for example in split]


class TestHuggingFace(DataSourceConformance):
    @pytest.fixture
    def part(self) -> DataSourcePart[HuggingFaceConfig]:
        return the_part()

    @pytest.fixture
    def config(self, tmp_path: Path) -> HuggingFaceConfig:
        return HuggingFaceConfig(path=str(folder(tmp_path / "data")), keep_apart=True)


READ = [("Broke. It broke.", 0), ("It works\0", 1), ("Bad", 0), ("None", 1)]


@pytest.mark.parametrize("streaming", [False, True])
def test_a_folder_of_files(tmp_path: Path, streaming: bool) -> None:
    splits, notices = load(folder(tmp_path / "data"), streaming=streaming, keep_apart=True)
    assert splits.labels == ("bad", "good")
    assert rows_of(splits.train) == rows_of(splits.test) == READ
    assert splits.validation is None
    assert [(e.extras["title"], e.extras["content"]) for e in splits.train] == list(
        zip(ROWS["title"], ROWS["content"], strict=True)
    )
    assert notices == []


def test_what_save_to_disk_wrote_with_its_class_names(tmp_path: Path) -> None:
    names = datasets.ClassLabel(names=["no", "yes"])
    saved = datasets.Dataset.from_dict({"label": [1, 0, 1], "text": ["a", "b", "c"]})
    saved = saved.cast_column("label", names)
    datasets.DatasetDict({"train": saved}).save_to_disk(str(tmp_path / "saved"))
    splits, _ = load(tmp_path / "saved")
    assert splits.labels == ("no", "yes")
    assert rows_of(splits.train) == [("a", 1), ("b", 0), ("c", 1)]


def test_columns_splits_and_labels_are_mapped(tmp_path: Path) -> None:
    splits, _ = load(
        folder(tmp_path / "data"),
        splits={"train": "test", "validation": "train"},
        content_column="title",
        label_column="stars",
        labels={"5": "good", "1": "bad", "2": "bad", "4": "good"},
        bad_rows="skip",
    )
    assert splits.labels == ("bad", "good")
    assert rows_of(splits.train) == [("Broke", 0), ("", 0), ("None", 1)]
    assert splits.validation is not None


@pytest.mark.parametrize("streaming", [False, True])
def test_a_limit_takes_the_same_sample_again(tmp_path: Path, streaming: bool) -> None:
    rows = {"label": ["a", "b"] * 500, "text": [f"review {row}" for row in range(1_000)]}
    data = folder(tmp_path / "data", rows)
    first, second, other = (
        {text for text, _ in rows_of(load(data, limit=50, seed=s, streaming=streaming)[0].train)}
        for s in (1, 1, 2)
    )
    assert len(first) == 50
    assert first == second != other
    assert first != set(rows["text"][:50])


def test_another_state_of_a_folder_is_read_anew(tmp_path: Path) -> None:
    data = folder(tmp_path / "data")
    load(data)
    folder(data, {"label": ["x", "y"], "text": ["1", "2"]})
    assert load(data)[0].labels == ("x", "y")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"content_column": "contents"}, "no column 'contents'.*Did you mean 'content'"),
        ({"label_column": "lable"}, "no column 'lable'.*Did you mean 'label'"),
        ({"content_column": "stars"}, "reviews are texts"),
        ({"label_column": "content"}, "name the same column"),
        ({"splits": {"train": "training"}}, "no split 'training'.*'train', 'test'|'test', 'train'"),
        ({"labels": ("bad", "god")}, "Row 2 .*unknown label 'good'.*did it mean 'god'"),
        ({"subset": "german"}, "german.*not found"),
    ],
)
def test_mistakes_are_told_in_one_line(
    tmp_path: Path, options: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message) as refusal:
        load(folder(tmp_path / "data"), **options)
    assert "\n" not in str(refusal.value)


def test_lists_are_no_labels_and_a_missing_folder_is_told(tmp_path: Path) -> None:
    rows: dict[str, list[Any]] = {"label": [["a"], ["b", "c"]], "text": ["1", "2"]}
    with pytest.raises(DataError, match="a label is one number"):
        load(folder(tmp_path / "data", rows))
    with pytest.raises(DataError, match="There is no folder"):
        load(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path / "empty")


def test_bad_rows_are_refused_or_counted(tmp_path: Path) -> None:
    rows: dict[str, list[Any]] = {"label": [0, 1, None, 0], "text": ["a", "b", "c", None]}
    with pytest.raises(DataError, match=r"Row 3 of the split 'train'.*it has no label"):
        load(folder(tmp_path / "data", rows))
    splits, notices = load(tmp_path / "data", bad_rows="skip")
    assert rows_of(splits.train) == [("a", 0), ("b", 1)]
    assert "1 without a label, 1 without a text" in notices[0]
