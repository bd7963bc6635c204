import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.shards.data_sets import ROWS, fetch
from voxpop import (
    DataError,
    ObjectStore,
    Plugins,
    StoreAccessError,
    StorePart,
    UsageError,
    check_store,
    choose_part,
    push_shards,
    read_stored_manifest,
)
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


class Stopped(Exception):  # noqa: N818 - somebody stops the push
    pass


class Stopping(MemoryStore):
    """A store that stops a push before its upload number `at`, or whose deletes are refused."""

    def __init__(self, at: int | None = None, *, may_delete: bool = True) -> None:
        super().__init__()
        self.at, self.may_delete = at, may_delete

    def upload(self, source: Path, key: str) -> None:
        if self.at == 0:
            raise Stopped
        self.at = None if self.at is None else self.at - 1
        super().upload(source, key)

    def delete(self, key: str) -> None:
        if not self.may_delete:
            raise StoreAccessError(f"{key!r} may not be deleted")
        super().delete(key)


@pytest.mark.parametrize("at", [0, 2])
def test_a_push_that_stopped_is_told_until_it_is_done_again(tmp_path: Path, at: int) -> None:
    manifest, store = fetch(tmp_path), Stopping(at)
    with pytest.raises(Stopped):
        push_shards(tmp_path, store)
    for read in (check_store, read_stored_manifest):
        with pytest.raises(DataError, match=r"still being written.*voxpop data push DIR") as raised:
            read(store)
        assert "\n" not in str(raised.value)
    store.at = None
    pushed = push_shards(tmp_path, store)
    assert (len(pushed.kept), len(pushed.sent)) == (at, len(manifest.files) - at)
    assert check_store(store, download=True) == (manifest, [])


def test_a_replacement_that_stopped_is_told_and_either_data_set_mends_it(tmp_path: Path) -> None:
    old, new = fetch(tmp_path / "old"), fetch(tmp_path / "new", [*ROWS[20:], *ROWS[:20]])
    assert old.files.keys() == new.files.keys()
    for name, whole in (("old", old), ("new", new)):
        store = Stopping()
        push_shards(tmp_path / "old", store)
        store.at = 2
        with pytest.raises(Stopped):
            push_shards(tmp_path / "new", store, replace=True)
        with pytest.raises(DataError, match="still being written"):
            check_store(store)
        store.at = None
        with pytest.raises(UsageError, match="--replace"):
            push_shards(tmp_path / "old", store)
        push_shards(tmp_path / name, store, replace=True)
        assert check_store(store, download=True) == (whole, [])


def test_only_files_that_are_taken_away_are_deleted(tmp_path: Path) -> None:
    store = Stopping(may_delete=False)
    for order in (ROWS, ROWS[::-1]):
        fetch(tmp_path, order, replace=True)
        push_shards(tmp_path, store, replace=True)
        assert check_store(store)[1] == []
    fetch(tmp_path, ROWS[:15], replace=True)
    with pytest.raises(StoreAccessError):
        push_shards(tmp_path, store, replace=True)
    with pytest.raises(DataError, match="still being written"):
        check_store(store)


def test_a_copy_of_a_push_that_had_not_ended_is_no_data_set(tmp_path: Path) -> None:
    fetch(tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"whole"', '"writing"'))
    with pytest.raises(DataError, match="still being written"):
        push_shards(tmp_path, MemoryStore())


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
        if self.left == 0 and expected is not None:
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
    chosen = choose_part(Plugins.load(), StorePart, "local", [f"directory={directory}"])
    store: ObjectStore = chosen.part.open(chosen.options)
    with pytest.raises(DataError, match="still being written"):
        check_store(store)
    pushed = push_shards(tmp_path / "data", store)
    assert (len(pushed.kept), len(pushed.sent)) == (at, len(manifest.files) - at)
    assert check_store(store)[1] == []
