import os
import shutil
import time
from pathlib import Path

import pytest

from tests.bundles import FILES, forge, make_bundle
from voxpop import (
    BundleError,
    ReferenceNotFoundError,
    StoreError,
    StoreRegistry,
    StoreUnavailableError,
    UsageError,
    verify_bundle,
)
from voxpop.bundle.manifest import FileRecord
from voxpop.testing import MemoryStore

MODEL = "model/model.onnx"


def beside(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "there").iterdir())


@pytest.fixture
def into(tmp_path: Path) -> Path:
    (tmp_path / "there").mkdir()
    return tmp_path / "there" / "into"


@pytest.mark.parametrize("path", sorted(FILES))
def test_any_flipped_byte_in_the_store_is_refused_with_the_files_name(
    store: MemoryStore, registry: StoreRegistry, bundle: Path, tmp_path: Path, into: Path, path: str
) -> None:
    version = registry.publish(bundle)
    for position in range(len(FILES[path])):
        damaged = bytearray(FILES[path])
        damaged[position] ^= 1 << (position % 8)
        (tmp_path / "damaged").write_bytes(damaged)
        store.upload(tmp_path / "damaged", f"versions/{version}/{path}")
        with pytest.raises(BundleError) as refusal:
            registry.fetch(version, into)
        assert repr(path) in str(refusal.value)
        assert str(refusal.value).startswith(f"the shelf: {version}: ")
        assert beside(tmp_path) == []


def test_a_shorter_file_in_the_store_is_refused_with_its_name(
    store: MemoryStore, registry: StoreRegistry, bundle: Path, tmp_path: Path, into: Path
) -> None:
    version = registry.publish(bundle)
    (tmp_path / "short").write_bytes(FILES[MODEL][:-1])
    store.upload(tmp_path / "short", f"versions/{version}/{MODEL}")
    with pytest.raises(BundleError, match=f"'{MODEL}' is damaged: the registry keeps 23 bytes"):
        registry.fetch(version, into)
    assert beside(tmp_path) == []


def test_a_missing_file_in_the_store_is_refused_with_its_name(
    store: MemoryStore, registry: StoreRegistry, bundle: Path, tmp_path: Path, into: Path
) -> None:
    version = registry.publish(bundle)
    store.delete(f"versions/{version}/{MODEL}")
    with pytest.raises(BundleError, match=MODEL):
        registry.fetch(version, into)
    assert beside(tmp_path) == []


def test_a_forged_path_in_the_store_writes_nothing_anywhere(
    store: MemoryStore, registry: StoreRegistry, bundle: Path, tmp_path: Path, into: Path
) -> None:
    version = forge(bundle, {"../../outside": FileRecord(sha256="0" * 64, bytes=1)})
    stored = (bundle / "manifest.json").read_bytes()
    store.write(f"versions/{version}/manifest.json", stored, expected=None)
    with pytest.raises(BundleError, match=r"'\.\./\.\./outside'"):
        registry.fetch(version, into)
    assert beside(tmp_path) == []


@pytest.mark.parametrize("taken", ["file", "full", "link"])
def test_a_taken_place_is_refused_and_kept(
    registry: StoreRegistry, bundle: Path, tmp_path: Path, taken: str
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine").touch()
    (tmp_path / "link").symlink_to("elsewhere")
    version = registry.publish(bundle)
    with pytest.raises((UsageError, StoreError)) as refusal:
        registry.fetch(version, tmp_path / taken)
    assert str(tmp_path / taken) in str(refusal.value)
    assert (tmp_path / "file").read_text() == "mine"
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine"]
    assert (tmp_path / "link").is_symlink()


class OtherFetches(MemoryStore):
    """A store in which another process puts a bundle where we fetch to, while we download."""

    source: Path
    target: Path

    def download(self, key: str, into: Path) -> None:
        super().download(key, into)
        if not self.target.exists():
            shutil.copytree(self.source, self.target)


@pytest.mark.parametrize("same", [True, False])
def test_when_two_fetch_into_one_place_both_end_with_the_version_or_a_refusal(
    bundle: Path, tmp_path: Path, into: Path, same: bool
) -> None:
    store = OtherFetches()
    make_bundle(tmp_path / "other", "other")
    store.source, store.target = (bundle if same else tmp_path / "other"), into
    registry = StoreRegistry(store)
    version = registry.publish(bundle)
    if same:
        registry.fetch(version, into)
        assert verify_bundle(into, version)[1] == version
    else:
        with pytest.raises(BundleError, match=f"not of {version}"):
            registry.fetch(version, into)
    assert beside(tmp_path) == ["into"]


class FailingStore(MemoryStore):
    """A store that stops answering after the first download, or whose version is deleted then."""

    fault: StoreError | None = None
    downloads = 0

    def download(self, key: str, into: Path) -> None:
        self.downloads += 1
        if self.downloads > 1:
            if self.fault is not None:
                raise self.fault
            for each in list(self.list("versions/")):
                self.delete(each)
        super().download(key, into)


def test_a_fetch_that_fails_midway_leaves_nothing(bundle: Path, tmp_path: Path, into: Path) -> None:
    store = FailingStore()
    store.fault = StoreUnavailableError("gone")
    registry = StoreRegistry(store)
    version = registry.publish(bundle)
    with pytest.raises(StoreUnavailableError):
        registry.fetch(version, into)
    assert beside(tmp_path) == []


def test_a_version_deleted_while_it_is_fetched_is_not_found(bundle: Path, into: Path) -> None:
    store = FailingStore()
    registry = StoreRegistry(store)
    version = registry.publish(bundle)
    with pytest.raises(ReferenceNotFoundError, match=version):
        registry.fetch(version, into)


def test_what_killed_fetches_left_is_cleared_by_the_next_but_not_what_is_fresh(
    registry: StoreRegistry, bundle: Path, tmp_path: Path, into: Path
) -> None:
    version = registry.publish(bundle)
    for name in (".into.fetching-old", ".into.fetching-new", ".other.fetching-old"):
        (into.parent / name).mkdir()
        (into.parent / name / "file").touch()
        if name.endswith("old"):
            os.utime(into.parent / name, times=(time.time() - 90_000,) * 2)
    registry.fetch(version, into)
    assert beside(tmp_path) == [".into.fetching-new", ".other.fetching-old", "into"]
