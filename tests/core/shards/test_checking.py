from pathlib import Path

import pytest

from tests.core.shards.data_sets import fetch
from voxpop import (
    DataError,
    Flaw,
    ObjectNotFoundError,
    check_directory,
    check_store,
    push_shards,
)
from voxpop.testing import MemoryStore

FIRST, SECOND = "train/00000-of-00004.parquet", "train/00001-of-00004.parquet"
FLAWS = [Flaw("test/notes.txt", "extra"), Flaw(FIRST, "missing"), Flaw(SECOND, "changed")]


def test_every_flaw_of_a_directory_is_listed(tmp_path: Path) -> None:
    fetch(tmp_path)
    (tmp_path / FIRST).unlink()
    data = bytearray((tmp_path / SECOND).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / SECOND).write_bytes(data)
    (tmp_path / "test" / "notes.txt").write_text("mine")
    assert check_directory(tmp_path)[1] == FLAWS


@pytest.mark.parametrize("download", [False, True])
def test_every_flaw_of_a_store_is_listed(tmp_path: Path, download: bool) -> None:
    fetch(tmp_path)
    store = MemoryStore()
    push_shards(tmp_path, store)
    assert check_store(store, download=download)[1] == []
    store.delete(FIRST)
    store.delete(SECOND)
    store.write(SECOND, b"other", expected=None)
    store.write("test/notes.txt", b"mine", expected=None)
    store.write("elsewhere/notes.txt", b"another matter", expected=None)
    assert check_store(store, download=download)[1] == FLAWS


def test_what_holds_no_data_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no manifest\.json"):
        check_directory(tmp_path)
    with pytest.raises(ObjectNotFoundError, match="voxpop data push"):
        check_store(MemoryStore())


def test_shards_without_a_manifest_are_told_apart_from_nothing(tmp_path: Path) -> None:
    manifest, store = fetch(tmp_path), MemoryStore()
    push_shards(tmp_path, store)
    store.delete("manifest.json")
    with pytest.raises(DataError, match=f"holds {len(manifest.files)} files .* no manifest.json"):
        check_store(store)


@pytest.mark.parametrize(
    ("find", "put", "message"),
    [
        ('"schema_version": 1', '"schema_version": 2', "reads version 1"),
        ("{", "[", "no manifest of a data set"),
        ('"rows": 10', '"rows": 11', "differ"),
        ("train/00000", "../00000", "damaged"),
    ],
)
def test_a_damaged_manifest_is_told(tmp_path: Path, find: str, put: str, message: str) -> None:
    fetch(tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace(find, put, 1))
    with pytest.raises(DataError, match=message):
        check_directory(tmp_path)
