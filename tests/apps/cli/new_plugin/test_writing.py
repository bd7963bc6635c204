"""Each kind of new plugin is written, installed as its author would, and held to its own rules."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from voxpop import StoreError, UsageError
from voxpop_apps.cli.new_plugin.writing import LONGEST_NAME, Kind, write_plugin

NAMES = {kind: f"our-{kind.value}" for kind in Kind}
# What the kit tests by default options; the others ask for options, or for a place of their own.
BY_THE_KIT = {Kind.TOKENIZER, Kind.MODEL}


def run(folder: Path, *command: str, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    path = {} if site is None else {"PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=os.environ | path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=250,
        check=False,
    )


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a package of each kind, as they were written."""
    into = tmp_path_factory.mktemp("new") / "into"
    for kind, name in NAMES.items():
        assert write_plugin(name, kind, into) == into / f"voxpop-{name}"
    return into


@pytest.fixture(scope="module")
def site(packages: Path) -> Path:
    """A folder into which all of them are installed."""
    site = packages.parent / "site"
    pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    folders = [str(packages / f"voxpop-{name}") for name in NAMES.values()]
    done = run(packages, *pip, "--disable-pip-version-check", "--target", str(site), *folders)
    assert done.returncode == 0, done.stdout
    return site


@pytest.mark.parametrize("kind", Kind)
def test_its_own_tests_pass(packages: Path, site: Path, kind: Kind) -> None:
    folder = packages / f"voxpop-{NAMES[kind]}"
    done = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", site=site)
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout


def test_their_types_are_strict(packages: Path) -> None:
    """By the rules that each says, as many at once as have no tests of the same name."""
    cache = str(packages.parent / "mypy")
    for kinds in ([kind for kind in Kind if kind is not Kind.REGISTRY], [Kind.REGISTRY]):
        folders = [packages / f"voxpop-{NAMES[kind]}" for kind in kinds]
        for folder in folders:
            rules = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["mypy"]
            assert rules == {"strict": True, "files": [folder.name.replace("-", "_"), "tests"]}
        written = [str(file) for folder in folders for file in sorted(folder.rglob("*.py"))]
        done = run(packages, "-m", "mypy", "--strict", "--cache-dir", cache, *written)
        assert done.returncode == 0, done.stdout
        assert f"no issues found in {len(written)} source files" in done.stdout


@pytest.mark.parametrize("name", ["a", "our-own", "x" * LONGEST_NAME])
def test_it_is_formatted_whatever_its_name(tmp_path: Path, name: str) -> None:
    for kind in Kind:
        write_plugin(name, kind, tmp_path / kind.value)
    for check in (["check"], ["format", "--check", "--diff"]):
        done = run(tmp_path, "-m", "ruff", *check, "--no-cache", ".")
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("kind", Kind)
def test_it_passes_the_check(packages: Path, site: Path, kind: Kind) -> None:
    done = run(packages, "-m", "voxpop_apps.cli", "plugins", "check", "--", NAMES[kind], site=site)
    assert done.returncode == 0, done.stdout
    assert (" passed" in done.stdout) == (kind in BY_THE_KIT)


def test_a_leading_voxpop_is_no_part_of_the_name(tmp_path: Path) -> None:
    assert write_plugin("voxpop-shop", Kind.STORE, tmp_path) == tmp_path / "voxpop-shop"
    assert (tmp_path / "voxpop-shop" / "voxpop_shop" / "store.py").exists()


@pytest.mark.parametrize("name", ["Shop", "our_shop", "3d", "-shop", "", "x" * (LONGEST_NAME + 1)])
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a new plugin"):
        write_plugin(name, Kind.MODEL, tmp_path)


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is a tokenizer 'keras' already"):
        write_plugin("keras", Kind.TOKENIZER, tmp_path)
    with pytest.raises(UsageError, match="A package voxpop_plugins is installed already"):
        write_plugin("plugins", Kind.MODEL, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_over(tmp_path: Path) -> None:
    folder = write_plugin("shop", Kind.MODEL, tmp_path)
    with pytest.raises(UsageError, match="is there already"):
        write_plugin("shop", Kind.LISTENER, tmp_path)
    assert not (folder / "voxpop_shop" / "listener.py").exists()


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match="cannot be written"):
        write_plugin("shop", Kind.MODEL, tmp_path / "file")
