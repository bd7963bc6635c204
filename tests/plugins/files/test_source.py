import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.plugins.files.review_files import (
    REVIEWS,
    ROWS,
    files_part,
    load,
    rows_of,
    write_reviews,
)
from voxpop import DataError, Progress, RunStopped
from voxpop.data.fingerprint import fingerprint
from voxpop.testing import RecordingListener
from voxpop_plugins.files import conversion


def cached_files(home: Path) -> list[Path]:
    return sorted((home / "cache" / "files").rglob("reviews.arrow"))


def test_each_split_has_files_of_its_own(tmp_path: Path) -> None:
    train = write_reviews(tmp_path / "train.csv", ROWS)
    validation = write_reviews(tmp_path / "validation.tsv", ROWS[:2])
    test = write_reviews(tmp_path / "test.jsonl.gz", ROWS[2:])
    splits, _ = load(train, validation=str(validation), test=[str(test)])
    assert rows_of(splits.train) == REVIEWS
    assert rows_of(splits.validation) == REVIEWS[:2]
    assert rows_of(splits.test) == REVIEWS[2:]


def test_the_files_of_a_split_follow_each_other_whatever_their_format(tmp_path: Path) -> None:
    write_reviews(tmp_path / "1.csv", ROWS[:1])
    write_reviews(tmp_path / "2.parquet", ROWS[1:3])
    write_reviews(tmp_path / "3.jsonl.xz", ROWS[3:])
    assert rows_of(load(tmp_path / "[0-9].*")[0].train) == REVIEWS


def test_classes_are_what_the_column_holds_sorted(tmp_path: Path) -> None:
    rows = [(label, "", f"text {label}") for label in ["10", "9", "b", "a", "9"]]
    splits, _ = load(write_reviews(tmp_path / "r.csv", rows))
    assert splits.labels == ("9", "10", "a", "b")
    assert rows_of(splits.train) == [
        (f"text {label}", splits.labels.index(label)) for label, _, _ in rows
    ]


def test_the_classes_of_train_are_those_of_every_split(tmp_path: Path) -> None:
    train = write_reviews(tmp_path / "train.csv", ROWS)
    test = write_reviews(tmp_path / "test.csv", [("positive", "", "yes"), ("neutral", "", "so so")])
    with pytest.raises(DataError, match=r"test\.csv', line 3: unknown label 'neutral'"):
        load(train, test=str(test))
    splits, notices = load(train, test=str(test), bad_rows="skip")
    assert rows_of(splits.test) == [("yes", 1)]
    assert len(notices) == 1


@pytest.mark.parametrize(
    ("labels", "expected", "classes"),
    [
        (None, [0, 1, 0], ("0", "1")),
        ({"0": "negative", "1": "positive"}, [0, 1, 0], ("negative", "positive")),
        (["1", "0"], [1, 0, 1], ("1", "0")),
    ],
)
@pytest.mark.parametrize("kind", ["int", "float", "text", "json"])
def test_labels_of_any_type_are_mapped(
    tmp_path: Path, labels: object, expected: list[int], classes: tuple[str, ...], kind: str
) -> None:
    path = tmp_path / "r.parquet"
    if kind == "json":
        path = tmp_path / "r.jsonl"
        path.write_text("".join(f'{{"label": {n}, "text": "t"}}\n' for n in ("0", "1", "0.0")))
    else:
        column = {"int": [0, 1, 0], "float": [0.0, 1.0, 0.0], "text": ["0", " 1 ", "0"]}[kind]
        pa.parquet.write_table(pa.table({"label": column, "text": ["t"] * 3}), path)
    splits, _ = load(path, labels=labels)
    assert splits.labels == classes
    assert splits.train.labels.tolist() == expected


def test_other_columns_are_extras(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("sku,label,text,stars\nA1,bad,x,1\nNA,good,y,\n")
    (tmp_path / "2.jsonl").write_text(
        '{"label": "bad", "text": "z", "stars": 2, "tags": ["a", 1], "late": false}\n'
        '{"label": "bad", "text": "w", "unseen": 1}\n'
    )
    splits, _ = load([tmp_path / "1.csv", tmp_path / "2.jsonl"])
    assert [dict(example.extras) for example in splits.train] == [
        {"sku": "A1", "stars": "1", "tags": None, "late": None},
        {"sku": "NA", "stars": "", "tags": None, "late": None},
        {"sku": None, "stars": "2", "tags": '["a", 1]', "late": "false"},
        {"sku": None, "stars": None, "tags": None, "late": None},
    ]


def test_types_of_parquet_become_texts(tmp_path: Path) -> None:
    table = pa.table(
        {
            "label": pa.array(["a", "b"]).dictionary_encode(),
            "title": pa.array([b"Bytes", None]),
            "text": pa.array(["x", "y"], pa.large_string()),
            "day": pa.array([0, None], pa.date32()),
            "sizes": [[1, 2], []],
        }
    )
    pa.parquet.write_table(table, tmp_path / "r.parquet")
    splits, _ = load(tmp_path / "r.parquet")
    assert rows_of(splits.train) == [("Bytes. x", 0), ("y", 1)]
    assert [dict(example.extras) for example in splits.train] == [
        {"day": "1970-01-01", "sizes": "[1, 2]"},
        {"day": None, "sizes": "[]"},
    ]


def test_a_table_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text('"2","Great","Loved it."\n"1","Bad","No."\n')
    splits, _ = load(
        path, columns=["label", "title", "content"], labels={"1": "negative", "2": "positive"}
    )
    assert rows_of(splits.train) == [("Great. Loved it.", 1), ("Bad. No.", 0)]


def test_the_second_time_the_reviews_come_from_the_cache(
    tmp_path: Path, voxpop_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_reviews(tmp_path / "r.csv")
    first = load(path)[0].train
    (entry,) = cached_files(voxpop_home)
    monkeypatch.setattr(conversion, "open_reader", lambda *args: pytest.fail("it is read again"))
    again = load(path.rename(tmp_path / "moved.csv"))[0].train
    assert fingerprint(again) == fingerprint(first)
    assert cached_files(voxpop_home) == [entry]


def append_a_row(path: Path) -> dict[str, object]:
    write_reviews(path, [*ROWS, ("negative", "", "one more")])
    return {}


@pytest.mark.parametrize(
    "change",
    [
        append_a_row,
        lambda path: {"labels": ["positive", "negative"]},
        lambda path: {"title_column": "content", "content_column": "title"},
        lambda path: {"quotes": False, "bad_rows": "skip"},
        lambda path: {"encoding": "latin-1"},
    ],
)
def test_another_content_or_option_is_read_anew(
    tmp_path: Path, voxpop_home: Path, change: Callable[[Path], dict[str, object]]
) -> None:
    path = write_reviews(tmp_path / "r.csv")
    before = rows_of(load(path)[0].train)
    assert rows_of(load(path, **change(path))[0].train) != before
    assert len(cached_files(voxpop_home)) == 2


def test_a_change_of_equal_size_and_time_is_seen(tmp_path: Path) -> None:
    path = write_reviews(tmp_path / "r.csv")
    load(path)
    state = path.stat()
    path.write_bytes(path.read_bytes().replace(b"broke", b"works"))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert "works" in rows_of(load(path)[0].train)[0][0]


def test_a_damaged_cache_is_made_anew(tmp_path: Path, voxpop_home: Path) -> None:
    path = write_reviews(tmp_path / "r.csv")
    load(path)
    (entry,) = cached_files(voxpop_home)
    data = bytearray(entry.read_bytes())
    data[len(data) // 2] ^= 255
    entry.write_bytes(data)
    assert rows_of(load(path)[0].train) == REVIEWS


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, voxpop_home: Path) -> None:
    path = write_reviews(tmp_path / "r.csv")
    part = files_part()

    def touch(event: object) -> None:
        if isinstance(event, Progress):
            os.utime(path, ns=(1, 1))

    with pytest.raises(DataError, match="The train files changed while they were read"):
        part.load(part.config(train=str(path)), touch)
    assert cached_files(voxpop_home) == []


def test_a_file_that_vanishes_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = write_reviews(tmp_path / "r.csv")
    part = files_part()

    def remove(event: object) -> None:
        path.unlink(missing_ok=True)

    with pytest.raises(DataError, match=r"r\.csv' cannot be read: No such file or directory"):
        part.load(part.config(train=str(path)), remove)


def test_a_file_in_two_splits_is_refused(tmp_path: Path) -> None:
    path = write_reviews(tmp_path / "r.csv")
    (tmp_path / "link.csv").symlink_to(path)
    with pytest.raises(DataError, match="is given as `train` and as `test`"):
        load(path, test=str(tmp_path / "link.csv"))


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    rows = [("ab"[number % 2], "", f"text {number}") for number in range(5_000)]
    files = [
        write_reviews(tmp_path / f"r{number}.{end}", rows)
        for number, end in enumerate(["csv", "tsv.gz", "jsonl", "parquet", "txt.bz2"])
    ]
    listener = RecordingListener()
    part = files_part()
    part.load(part.config(train=tuple(map(str, files))), listener)
    told = [event for event in listener.events if isinstance(event, Progress)]
    total = sum(file.stat().st_size for file in files)
    assert {(event.stage, event.total, event.unit) for event in told} == {
        ("reading the train files", total, "bytes")
    }
    done = [event.done for event in told]
    assert done == sorted(done)
    assert len(set(done)) > len(files)
    assert done[-1] == total


def test_a_stopped_run_leaves_nothing(tmp_path: Path, voxpop_home: Path) -> None:
    def stop(event: object) -> None:
        if isinstance(event, Progress):
            raise RunStopped

    part = files_part()
    with pytest.raises(RunStopped):
        part.load(part.config(train=str(write_reviews(tmp_path / "r.csv"))), stop)
    assert list((voxpop_home / "cache" / "files").iterdir()) == []


def test_a_full_disk_is_one_message(tmp_path: Path) -> None:
    rows = [("ab"[number % 2], "", f"text {number} " * 20) for number in range(20_000)]
    program = """
import resource, sys
from voxpop import StoreFullError
from voxpop_plugins.files.plugin import voxpop_data_sources
(part,) = voxpop_data_sources()
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
try:
    part.load(part.config(train=sys.argv[1]), lambda event: None)
except StoreFullError as error:
    print(error)
"""
    path = write_reviews(tmp_path / "r.csv", rows)
    output = subprocess.check_output([sys.executable, "-c", program, str(path)], text=True)
    assert output.startswith("No room is left for ")
    assert "VOXPOP_HOME" in output
    assert output.count("\n") == 1


def test_nothing_heavy_is_imported_for_the_list_of_parts() -> None:
    program = """
import sys
from voxpop_plugins.files import plugin as files
from voxpop_plugins.movie_reviews import plugin as movie_reviews
list(files.voxpop_data_sources()), list(movie_reviews.voxpop_data_sources())
print({"pandas", "pyarrow", "datasets", "keras", "tensorflow"} & set(sys.modules))
"""
    output = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert output == "set()\n"
