"""A full disk: an 8 MB one, really full."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.bundles import fields, make_bundle, write_files
from voxpop import StoreFullError, StoreRegistry, seal_bundle, verify_bundle
from voxpop_plugins.local.store import LocalStore

MEGABYTE = 2**20
LARGE = {"model/a.bin": b"a" * 3 * MEGABYTE, "model/b.bin": b"b" * 3 * MEGABYTE}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty file system of 8 MB."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    tried = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(mounted)],
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode != 0:
        pytest.skip(f"only root may mount a small disk: {tried.stderr.strip()}")
    yield mounted
    subprocess.run(["umount", str(mounted)], check=True)


def fill(disk: Path, left_bytes: int) -> Path:
    """Leave only so much room on the disk."""
    state = os.statvfs(disk)
    (disk / "filler").write_bytes(b"x" * (state.f_bavail * state.f_frsize - left_bytes))
    return disk / "filler"


def test_a_publish_that_does_not_fit_shows_nothing_and_works_once_there_is_room(
    small_disk: Path, tmp_path: Path
) -> None:
    registry = StoreRegistry(LocalStore(small_disk / "registry"))
    _, version = make_bundle(tmp_path / "bundle", "large", LARGE)
    filler = fill(small_disk, left_bytes=4 * MEGABYTE)
    with pytest.raises(StoreFullError, match="Free some space") as refusal:
        registry.publish(tmp_path / "bundle")
    assert str(small_disk) in str(refusal.value)
    assert list(registry.versions()) == []
    left = [path for path in (small_disk / "registry").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in left) < 1_000  # the first file is cleared away too
    filler.unlink()
    assert registry.publish(tmp_path / "bundle") == version
    registry.fetch(version, tmp_path / "fetched")
    assert verify_bundle(tmp_path / "fetched")[1] == version


@pytest.mark.parametrize("left_bytes", range(0, 60_000, 4_096))
def test_wherever_the_room_ends_nothing_half_done_is_visible(
    small_disk: Path, tmp_path: Path, left_bytes: int
) -> None:
    registry = StoreRegistry(LocalStore(small_disk / "registry"))
    bundles = {name: make_bundle(tmp_path / name, name)[1] for name in ("old", "new")}
    registry.publish(tmp_path / "old")
    registry.move_alias("champion", bundles["old"], expected=None)
    filler = fill(small_disk, left_bytes)
    with suppress(StoreFullError):  # whatever else is raised fails the test
        registry.publish(tmp_path / "new")
        registry.move_alias("champion", bundles["new"], expected=bundles["old"])
    published = list(registry.versions())
    assert left_bytes or bundles["new"] not in published
    holder = registry.resolve("champion")
    filler.unlink()
    for version in published:
        registry.fetch(version, tmp_path / "fetched" / version)
    assert registry.publish(tmp_path / "new") == bundles["new"]
    registry.move_alias("champion", bundles["new"], expected=holder)
    assert registry.resolve("champion") == bundles["new"]


def test_a_fetch_that_does_not_fit_leaves_nothing(small_disk: Path, tmp_path: Path) -> None:
    registry = StoreRegistry(LocalStore(tmp_path / "registry"))
    make_bundle(tmp_path / "bundle", "large", LARGE)
    version = registry.publish(tmp_path / "bundle")
    filler = fill(small_disk, left_bytes=4 * MEGABYTE)
    with pytest.raises(StoreFullError, match=str(small_disk)):
        registry.fetch(version, small_disk / "fetched")
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
    filler.unlink()
    registry.fetch(version, small_disk / "fetched")


def test_a_bundle_whose_manifest_does_not_fit_is_not_sealed(small_disk: Path) -> None:
    bundle = small_disk / "bundle"
    write_files(bundle)
    filler = fill(small_disk, left_bytes=0)
    with pytest.raises(StoreFullError, match=r"manifest\.json"):
        seal_bundle(bundle, **fields())
    assert not (bundle / "manifest.json").exists()
    filler.unlink()
    seal_bundle(bundle, **fields())
    verify_bundle(bundle)
