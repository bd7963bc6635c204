import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.files.review_files import REVIEWS, load, rows_of, write_reviews
from voxpop import DataError
from voxpop_plugins.files.paths import find_files


def found(*patterns: Path | str) -> list[str]:
    return [path.name for path in find_files(tuple(map(str, patterns)), "train")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.csv", "a.csv", "c.csv.gz", "deep/d.csv", "[x].csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("label,content\n")
    (tmp_path / "folder.csv").mkdir()
    return tmp_path


def test_a_pattern_gives_files_sorted(folder: Path) -> None:
    assert found(folder / "*.csv") == ["[x].csv", "a.csv", "b.csv"]
    assert found(folder / "[ab].csv") == ["a.csv", "b.csv"]
    assert found(folder / "**" / "*.csv") == ["[x].csv", "a.csv", "b.csv", "d.csv"]


def test_a_name_that_looks_like_a_pattern_is_a_name_first(folder: Path) -> None:
    assert found(folder / "[x].csv") == ["[x].csv"]


def test_several_paths_keep_their_order_and_give_each_file_once(folder: Path) -> None:
    paths = (folder / "b.csv", folder / "*.csv", folder / "c.csv.gz")
    assert found(*paths) == ["b.csv", "[x].csv", "a.csv", "c.csv.gz"]


def test_paths_are_relative_to_the_current_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder / "deep"))
    assert found("a.csv") == ["a.csv"]
    assert found("*/*.csv") == ["d.csv"]
    assert found("~/d.csv") == ["d.csv"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("a.cvs", r"There is no file '.*a\.cvs' \(`train` in \[data\]\)\. Did you mean 'a\.csv'"),
        ("zzz", r"There is no file.*What there is in '.*': '\[x\]\.csv', 'a\.csv', .*, \.\.\."),
        ("deeper/d.csv", r"There is no file .*Did you mean 'deep' \(in "),
        ("*.tsv", r"No file matches '.*\*\.tsv' \(`train` in \[data\]\)\. "),
        ("a.csv/x.csv", r"There is no file '.*a\.csv/x\.csv'"),
        ("deep", r"'.*deep' is a directory \(`train` in \[data\]\)\. .*'.*deep/\*\.csv'"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(folder: Path, pattern: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        find_files(str(folder / pattern), "train")


@pytest.mark.parametrize("pattern", ["~nobody-of-this-name/a.csv", "a\0b.csv", "a\0*.csv"])
def test_what_is_no_path_is_refused(pattern: str) -> None:
    with pytest.raises(DataError, match=r"is no path \(`train` in \[data\]\): "):
        find_files(pattern, "train")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(DataError, match=r"empty\.csv' is empty \(`test` in \[data\]\)"):
        find_files(str(tmp_path / "empty.csv"), "test")


def test_what_cannot_be_read_twice_is_refused() -> None:
    with pytest.raises(DataError, match="'/dev/zero' is no regular file"):
        find_files("/dev/zero", "train")


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(DataError, match="is no regular file"):
        find_files(str(tmp_path / "pipe.csv"), "train")


def test_a_dangling_link_is_told(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to("gone.csv")
    with pytest.raises(DataError, match=r"There is no file '.*link\.csv'"):
        find_files(str(tmp_path / "link.csv"), "train")


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_may_not_be_read_is_one_message(tmp_path: Path, what: str) -> None:
    path = write_reviews(tmp_path / "secret.csv")
    for parent in path.parents[:3]:
        parent.chmod(0o755)
    (path if what == "file" else tmp_path).chmod(0)
    program = """
import os, sys
from voxpop import DataError
from voxpop_plugins.files.paths import find_files
os.getuid() or os.setuid(65534)  # root reads everything
try:
    find_files(sys.argv[1], "train")
except DataError as error:
    print(error)
"""
    command = [sys.executable, "-c", program, str(path)]
    output = subprocess.check_output(command, text=True)
    tmp_path.chmod(0o755)
    assert output.startswith(f"{str(path)!r} cannot be read (`train` in [data]): Permission denied")


def test_a_link_to_reviews_is_followed(tmp_path: Path) -> None:
    write_reviews(tmp_path / "real.csv")
    (tmp_path / "link.csv").symlink_to("real.csv")
    assert rows_of(load(tmp_path / "link.csv")[0].train) == REVIEWS
