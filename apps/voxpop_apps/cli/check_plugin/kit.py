"""Runs the conformance kit on an installed part, by pytest in a process and a folder of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from voxpop import ListenerPart, ModelPart, Part, TokenizerPart

KITS: Mapping[type[Part[Any]], str] = {
    TokenizerPart: "TokenizerConformance",
    ModelPart: "ModelConformance",
    ListenerPart: "ListenerConformance",
}
"""The kit class of each kind that can be tested without data, and without a place to write to."""

_PART = """
import pytest
import voxpop
from voxpop.testing import {kit}


class Test({kit}):
    @pytest.fixture
    def part(self):
        return voxpop.Plugins.load(only=[{plugin!r}]).get(voxpop.{part}, {name!r})
"""
_LISTENER = """
    @pytest.fixture
    def listener(self, part):
        return part.open(part.config())
"""
_MOST_NAMED = 3
_SETUP = re.compile(r'failed on (?:setup|teardown) with "(.*)"', re.S)  # a fixture's own error
_BROKE_OFF = 2  # pytest's status from which on tests were not run, or not all


@dataclass(frozen=True, kw_only=True)
class KitRun:
    """What came of the kit."""

    summary: str
    faults: tuple[str, ...] = ()  # each said once, however many tests it fails


def run_kit(part: Part[Any], plugin: str) -> KitRun:
    """Run the kit on a part with its default options; pytest must be there."""
    if find_spec("pytest") is None:
        return KitRun(summary="not run: pytest is not installed")
    text = _PART.format(
        kit=KITS[type(part)], plugin=plugin, part=type(part).__name__, name=part.name
    )
    with tempfile.TemporaryDirectory(prefix="voxpop-check-") as folder:
        scratch = Path(folder)
        (scratch / "test_part.py").write_text(
            text + (_LISTENER if isinstance(part, ListenerPart) else ""), encoding="utf-8"
        )
        (scratch / "pytest.ini").write_text("[pytest]\n")  # no settings of a folder above
        (scratch / "cwd").mkdir()  # for what a part writes by relative paths
        pytest = [sys.executable, "-m", "pytest", "--rootdir", folder, "-c", f"{folder}/pytest.ini"]
        ended = subprocess.run(
            [*pytest, "-p", "no:cacheprovider", "--junitxml", f"{folder}/told.xml", folder],
            cwd=scratch / "cwd",
            env={
                **{name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "VOXPOP_HOME": str(scratch / "home"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode not in range(_BROKE_OFF):
            last = " ".join((ended.stderr or ended.stdout).split())[-500:]
            return KitRun(
                summary="broke off",
                faults=(f"the kit broke off with status {ended.returncode}: {last}",),
            )
        return _read(scratch / "told.xml")


def _read(told: Path) -> KitRun:
    cases = list(ElementTree.parse(told).iter("testcase"))  # noqa: S314 - pytest has just written it
    failed: dict[str, str] = {}  # the message of each test, that of its first case
    tests = 0
    for case in cases:
        outcomes = [*case.iter("failure"), *case.iter("error")]
        tests += bool(outcomes)
        for outcome in outcomes:
            message = _SETUP.sub(r"\1", outcome.get("message", "")).removeprefix("Failed: ")
            failed.setdefault(case.get("name", "").partition("[")[0], " ".join(message.split()))
    named: dict[str, list[str]] = {}
    for test, message in failed.items():
        named.setdefault(message, []).append(test)
    skipped = sum(case.find("skipped") is not None for case in cases)
    counts = {"passed": len(cases) - tests - skipped, "failed": tests, "skipped": skipped}
    return KitRun(
        summary=", ".join(f"{count} {what}" for what, count in counts.items() if count),
        faults=tuple(f"{message} ({_listed(names)})" for message, names in named.items()),
    )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
