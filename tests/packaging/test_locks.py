"""The locks hold what pyproject.toml asks for, pinned by hash, and name no package index."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.locks import CHECKOUT, asked, entries, every_extra, pinned

LOCKS = ("api", "build", "checkov", "frontend", "train", "dev")
PYTHONS = ("3.11", "3.12", "3.13")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact_and_has_hashes(lock: str) -> None:
    loose = [str(pin) for pin, hashes in entries(lock) if not hashes or "==" not in str(pin)]
    assert entries(lock)
    assert not loose


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_index(lock: str) -> None:
    text = (CHECKOUT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.findall(r"^\s*(?:-i|-f|--(?:extra-)?index-url|--find-links)\b", text, flags=re.M)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("lock", "extras", "groups"),
    [
        ("api", ("serve", "s3", "tracing"), ()),
        ("frontend", ("ui",), ()),
        ("train", ("train", "s3", "ui"), ("build",)),
        ("dev", every_extra(), ("dev",)),
    ],
)
def test_a_lock_holds_what_is_asked_for(
    lock: str, extras: tuple[str, ...], groups: tuple[str, ...], python: str
) -> None:
    versions = pinned(lock, python)
    missing = [
        str(wanted)
        for wanted in asked(extras=extras, groups=groups)
        if not wanted.specifier.contains(versions.get(canonicalize_name(wanted.name), "0"))
    ]
    assert not missing, f"requirements/{lock}.txt lacks {missing}: run `make lock`"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", ["api", "build", "frontend", "train"])
def test_the_development_lock_holds_the_others(lock: str, python: str) -> None:
    assert pinned(lock, python).items() <= pinned("dev", python).items()


@pytest.mark.parametrize("python", PYTHONS)
def test_a_machine_that_answers_installs_no_training_library(python: str) -> None:
    heavy = {"tensorflow", "keras", "jax", "datasets", "pandas", "scikit-learn", "scipy", "pyarrow"}
    assert not heavy & pinned("api", python).keys()


@pytest.mark.parametrize("python", PYTHONS)
def test_checkov_has_a_lock_of_its_own(python: str) -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    (wanted,) = map(Requirement, project["dependency-groups"]["checkov"])
    assert wanted.specifier.contains(pinned("checkov", python)["checkov"])
    assert "checkov" not in pinned("dev", python)
