import datetime
import hashlib
import math
from pathlib import Path
from typing import Any

import pytest

from tests.bundles import FILES, fields, make_bundle, write_files
from voxpop.bundle import seal_bundle, verify_bundle
from voxpop.bundle.files import MAX_BUNDLE_BYTES
from voxpop.bundle.manifest import Calibration, version_of
from voxpop.errors import BundleError


def test_sealing_records_every_file_and_writes_the_manifest(tmp_path: Path) -> None:
    manifest, version = make_bundle(tmp_path)
    assert {path: record.bytes for path, record in manifest.files.items()} == {
        path: len(content) for path, content in FILES.items()
    }
    for path, content in FILES.items():
        assert manifest.files[path].sha256 == hashlib.sha256(content).hexdigest()
    assert version_of((tmp_path / "manifest.json").read_bytes()) == version
    assert verify_bundle(tmp_path) == (manifest, version)


def test_the_same_content_gives_the_same_version_and_another_time_another(tmp_path: Path) -> None:
    assert make_bundle(tmp_path / "a")[1] == make_bundle(tmp_path / "b")[1]
    write_files(tmp_path / "c")
    later = datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC)
    seal_bundle(tmp_path / "c", **{**fields(), "created_at": later})
    assert verify_bundle(tmp_path / "c")[1] != verify_bundle(tmp_path / "a")[1]


def test_a_bundle_is_sealed_at_the_present_time_and_uncalibrated_by_default(tmp_path: Path) -> None:
    write_files(tmp_path)
    before = datetime.datetime.now(datetime.UTC)
    manifest = seal_bundle(tmp_path, **{**fields(), "created_at": None})
    assert before <= manifest.created_at <= datetime.datetime.now(datetime.UTC)
    assert manifest.calibration == Calibration(temperature=1.0)


def test_a_sealed_bundle_is_not_sealed_again(tmp_path: Path) -> None:
    make_bundle(tmp_path)
    stored = (tmp_path / "manifest.json").read_bytes()
    with pytest.raises(BundleError, match="sealed already"):
        seal_bundle(tmp_path, **fields("two"))
    assert (tmp_path / "manifest.json").read_bytes() == stored


def test_an_empty_directory_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="holds no file"):
        seal_bundle(tmp_path, **fields())


def test_a_file_that_no_bundle_may_hold_is_refused_by_name(tmp_path: Path) -> None:
    write_files(tmp_path, {**FILES, "model/.DS_Store": b""})
    with pytest.raises(BundleError, match=r"'model/\.DS_Store'"):
        seal_bundle(tmp_path, **fields())
    assert not (tmp_path / "manifest.json").exists()


def test_an_oversized_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    write_files(tmp_path)
    with (tmp_path / "model/huge.bin").open("wb") as sparse:
        sparse.truncate(MAX_BUNDLE_BYTES + 1)
    with pytest.raises(BundleError, match=r"'model/huge.bin'"):
        seal_bundle(tmp_path, **fields())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"metrics": {"loss": math.nan}}, r"metrics\.loss"),
        ({"labels": ("only",)}, "labels"),
        ({"run_config": {"rate": math.inf}}, "would not be JSON"),
        ({"run_config": {"name": "\ud800"}}, "would not be JSON"),
        ({"run_config": {"notes": "x" * 5_000_000}}, "manifest takes 5,"),
    ],
)
def test_what_cannot_be_stored_is_refused(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    write_files(tmp_path)
    with pytest.raises(BundleError, match=told):
        seal_bundle(tmp_path, **{**fields(), **change})
    assert not (tmp_path / "manifest.json").exists()
