"""The public surface is what the packages list, sorted, and nothing else leaks into it."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType

import pytest

import voxpop
import voxpop.insights
import voxpop.testing
import voxpop.testing.doubles

CHECKOUT = Path(__file__).parents[2]
PACKAGES = {"voxpop": "core", "voxpop_plugins": "plugins", "voxpop_apps": "apps"}


@pytest.mark.parametrize(
    "package",
    [voxpop, voxpop.insights, voxpop.testing, voxpop.testing.doubles],
    ids=lambda it: it.__name__,
)
def test_what_is_listed_is_what_is_there(package: ModuleType) -> None:
    there = {
        name
        for name, value in vars(package).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert set(package.__all__) == there
    assert len(set(package.__all__)) == len(package.__all__)


@pytest.mark.parametrize(
    "package",
    [voxpop, voxpop.insights, voxpop.testing, voxpop.testing.doubles],
    ids=lambda it: it.__name__,
)
def test_names_are_sorted(package: ModuleType) -> None:
    # As ruff sorts: constants, then classes, then functions.
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--select", "RUF022", str(package.__file__)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", PACKAGES)
def test_a_top_level_name_is_ours_alone(name: str) -> None:
    # Another distribution that ships the same name would overwrite ours in silence.
    assert set(packages_distributions().get(name, ["voxpop"])) == {"voxpop"}


def test_the_packages_are_the_only_ones() -> None:
    found = {
        path.name: root
        for root in PACKAGES.values()
        for path in (CHECKOUT / root).iterdir()
        if path.is_dir() and path.name != "__pycache__"
    }
    assert found == PACKAGES


def test_no_file_is_named_after_nothing() -> None:
    empty_words = {"base", "common", "helpers", "misc", "util", "utilities", "utils"}
    named = [
        str(path.relative_to(CHECKOUT))
        for root in (*PACKAGES.values(), "tests", "benchmarks", "docs")
        for path in (CHECKOUT / root).rglob("*.py")
        if path.stem.strip("_") in empty_words or path.parent.name in empty_words
    ]
    assert not named, f"name the idea that each holds: {named}"
