"""The sample bundle is a bundle like any other."""

from __future__ import annotations

import datetime
from pathlib import Path

from voxpop import verify_bundle
from voxpop.bundle.manifest import MANIFEST_NAME, version_of
from voxpop.classifier import Classifier
from voxpop.testing import make_bundle, sample_plugins


def version_in(directory: Path) -> str:
    return version_of((directory / MANIFEST_NAME).read_bytes())


def test_it_verifies_loads_and_answers(tmp_path: Path) -> None:
    manifest = make_bundle(tmp_path / "bundle")
    assert verify_bundle(tmp_path / "bundle") == (manifest, version_in(tmp_path / "bundle"))
    classifier = Classifier.load(tmp_path / "bundle", plugins=sample_plugins())
    said = classifier.predict(["What a lovely lamp!", "The lamp is broken."])
    assert [prediction.label for prediction in said] == ["positive", "negative"]
    assert manifest.metrics == {"accuracy": 1.0}


def test_the_same_arguments_give_the_same_version(tmp_path: Path) -> None:
    for name in ("one", "other"):
        make_bundle(tmp_path / name, seed=3)
    assert version_in(tmp_path / "one") == version_in(tmp_path / "other")


def test_each_argument_gives_another_version(tmp_path: Path) -> None:
    later = datetime.datetime(2026, 5, 6, tzinfo=datetime.UTC)
    make_bundle(tmp_path / "0")
    make_bundle(tmp_path / "1", seed=1)
    make_bundle(tmp_path / "2", created_at=later)
    make_bundle(tmp_path / "3", metrics={"accuracy": 0.5})
    make_bundle(tmp_path / "4", test_fingerprint="ab" * 32)
    assert len({version_in(tmp_path / str(number)) for number in range(5)}) == 5
