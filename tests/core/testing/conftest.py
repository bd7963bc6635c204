"""Runs the kit on broken parts, as their author would: by pytest, in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

BROKEN_PARTS = Path(__file__).parents[2] / "samples" / "broken_parts"

Told = dict[tuple[str, str], str]  # messages of tests that did not pass, by class and test
Expected = Sequence[tuple[str, str, str]]  # class, standard test, words of its message


@pytest.fixture
def told_by_kit(tmp_path: Path) -> Callable[[str, Expected], Told]:
    """Give a function that runs the expected tests of a file of broken parts, all in one run."""
    return lambda file, expected: _run(file, expected, tmp_path)


def _run(file: str, expected: Expected, directory: Path) -> Told:
    shutil.copy(BROKEN_PARTS / file, directory)
    (directory / "keras.py").write_text('"""Stands where a library for training would."""\n')
    report = directory / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--rootdir", str(directory), f"--junitxml={report}"]
    command += dict.fromkeys(f"{file}::{named}::{test}" for named, test, _ in expected)
    ended = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, timeout=250, check=False
    )
    assert report.exists(), ended.stdout + ended.stderr
    told: Told = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        key = case.attrib["classname"].rpartition(".")[2], case.attrib["name"].partition("[")[0]
        for fault in (*case.iter("failure"), *case.iter("error"), *case.iter("skipped")):
            told[key] = f"{told.get(key, '')}\n{fault.attrib['message']}"
    return told
