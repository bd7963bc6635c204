import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.shards.data_sets import ROWS, contents, fetch, rows_in
from voxpop import (
    DataError,
    Notice,
    StoreFullError,
    UsageError,
    check_directory,
    read_dataset_manifest,
)
from voxpop.testing import RecordingListener

ROOT = Path(__file__).parents[3]


def test_a_data_set_is_whole(tmp_path: Path) -> None:
    manifest = fetch(tmp_path / "data")
    assert read_dataset_manifest(tmp_path / "data") == manifest
    assert manifest.source.part.name == "rows"
    assert {name: split.rows for name, split in manifest.splits.items()} == {"train": 40, "test": 4}
    assert check_directory(tmp_path / "data")[1] == []
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_source_without_titles_gives_whole_texts_and_says_so(tmp_path: Path) -> None:
    listener = RecordingListener()
    fetch(tmp_path / "data", apart=False, listen=listener)
    assert rows_in(tmp_path / "data")[0] == (0, "", "Title 0. It was bad: 0")
    (notice,) = [event.message for event in listener.events if isinstance(event, Notice)]
    assert "no titles apart" in notice


def test_an_empty_directory_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    fetch(tmp_path / "data")
    assert check_directory(tmp_path / "data")[1] == []


def test_what_is_there_is_replaced_only_when_asked_and_only_a_data_set(tmp_path: Path) -> None:
    fetch(tmp_path / "data")
    before = contents(tmp_path / "data")
    with pytest.raises(UsageError, match="--replace"):
        fetch(tmp_path / "data", ROWS[:20])
    assert contents(tmp_path / "data") == before
    assert fetch(tmp_path / "data", ROWS[:20], replace=True).splits["train"].rows == 20
    assert check_directory(tmp_path / "data")[1] == []
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="never replaced"):
        fetch(tmp_path / "own", replace=True)
    with pytest.raises(UsageError, match="is a file"):
        fetch(tmp_path / "own" / "thesis.txt", replace=True)
    assert (tmp_path / "own" / "thesis.txt").read_text() == "mine"


def test_reviews_that_cannot_be_used_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="needs two classes"):
        fetch(tmp_path / "data", [(0, "a", "b")] * 4)
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.core.shards.data_sets import fetch
from voxpop import Progress

heard = 0

def listen(event):
    global heard
    heard += isinstance(event, Progress)
    if heard == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

fetch(Path(sys.argv[1]), listen=listen)
"""


@pytest.mark.parametrize("at", [1, 3, 5])
def test_a_killed_fetch_leaves_no_data_set_and_the_next_one_tidies_up(
    tmp_path: Path, at: int
) -> None:
    directory = tmp_path / "data"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(directory), str(at)], cwd=ROOT, check=False
    )
    assert killed.returncode == -9
    assert not directory.exists()
    assert len(list(tmp_path.iterdir())) == 1  # what it was writing
    fetch(directory)
    assert check_directory(directory)[1] == []
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty file system of 4 MB."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    tried = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(mounted)],
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode != 0:
        pytest.skip(f"only root may mount a small disk: {tried.stderr.strip()}")
    yield mounted
    subprocess.run(["umount", str(mounted)], check=True)


@pytest.mark.parametrize("left_bytes", [0, 8_192, 20_000, 1_000_000])
def test_a_full_disk_is_told_and_leaves_nothing(small_disk: Path, left_bytes: int) -> None:
    state = os.statvfs(small_disk)
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (state.f_bavail * state.f_frsize - left_bytes))
    rows = [(row % 2, os.urandom(500).hex(), os.urandom(500).hex()) for row in range(2_000)]
    with pytest.raises(StoreFullError, match="Free some space"):
        fetch(small_disk / "data", rows, rows_per_file=500)
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
    filler.unlink()
    fetch(small_disk / "data", rows, rows_per_file=500)
    assert rows_in(small_disk / "data") == rows
