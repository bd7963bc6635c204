import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.shards.data_sets import ROWS, fetch
from voxpop import DataError, Plugins, StorePart, UsageError, check_store, choose_part, push_shards
from voxpop.testing import MemoryStore

ROOT = Path(__file__).parents[3]


def test_a_second_push_sends_nothing_and_a_third_mends(tmp_path: Path) -> None:
    manifest, store = fetch(tmp_path), MemoryStore()
    assert push_shards(tmp_path, store).sent == tuple(sorted(manifest.files))
    again = push_shards(tmp_path, store)
    assert (again.sent, again.kept, again.deleted) == ((), tuple(sorted(manifest.files)), ())
    damaged = next(iter(manifest.files))
    store.delete(damaged)
    store.write(damaged, b"other", expected=None)
    assert push_shards(tmp_path, store).sent == (damaged,)
    assert check_store(store, download=True)[1] == []


def test_another_data_set_is_replaced_only_when_asked(tmp_path: Path) -> None:
    store = MemoryStore()
    fetch(tmp_path / "old")
    fetch(tmp_path / "new", ROWS[:15])
    push_shards(tmp_path / "old", store)
    with pytest.raises(UsageError, match="another data set"):
        push_shards(tmp_path / "new", store)
    assert check_store(store)[0].splits["train"].rows == 40
    assert len(push_shards(tmp_path / "new", store, replace=True).deleted) == 4
    manifest, flaws = check_store(store, download=True)
    assert (manifest.splits["train"].rows, flaws) == (15, [])


def test_foreign_files_among_the_shards_are_refused(tmp_path: Path) -> None:
    fetch(tmp_path)
    store = MemoryStore()
    store.write("train/other.parquet", b"x", expected=None)
    with pytest.raises(UsageError, match=r"train/other\.parquet"):
        push_shards(tmp_path, store)
    assert list(store.list("")) == ["train/other.parquet"]


def test_a_damaged_data_set_is_not_sent(tmp_path: Path) -> None:
    fetch(tmp_path)
    (tmp_path / "train" / "00002-of-00004.parquet").write_bytes(b"x")
    store = MemoryStore()
    with pytest.raises(DataError, match=r"changed: train/00002-of-00004\.parquet"):
        push_shards(tmp_path, store)
    assert list(store.list("")) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from voxpop import Plugins, StorePart, choose_part, push_shards

class Mortal:
    def __init__(self, store, at):
        self.store, self.left = store, at

    def __getattr__(self, name):
        return getattr(self.store, name)

    def upload(self, source, key):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        self.store.upload(source, key)

    def write(self, key, data, *, expected):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.store.write(key, data, expected=expected)

data, directory, at = sys.argv[1:]
chosen = choose_part(Plugins.load(), StorePart, "local", [f"directory={directory}"])
push_shards(Path(data), Mortal(chosen.part.open(chosen.options), int(at)))
"""


@pytest.mark.parametrize("at", [0, 2, 5])
def test_a_killed_push_shows_no_data_set_and_goes_on_where_it_was(tmp_path: Path, at: int) -> None:
    manifest = fetch(tmp_path / "data")
    directory = tmp_path / "store"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "data"), str(directory), str(at)],
        cwd=ROOT,
        check=False,
    )
    assert killed.returncode == -9
    assert not (directory / "manifest.json").exists()
    chosen = choose_part(Plugins.load(), StorePart, "local", [f"directory={directory}"])
    store = chosen.part.open(chosen.options)
    pushed = push_shards(tmp_path / "data", store)
    assert (len(pushed.kept), len(pushed.sent)) == (at, len(manifest.files) - at)
    assert check_store(store)[1] == []
