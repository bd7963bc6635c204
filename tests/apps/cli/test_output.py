"""Stdout holds data alone, whatever plugins print, and one that takes no data is told."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from voxpop_apps.cli.exit_codes import ExitCode

Voxpop = Callable[..., subprocess.CompletedProcess[str]]

PLUGIN = """
import dataclasses
import os

from voxpop import ModelPart, hookimpl
from voxpop.testing import sample_parts

print("said by print")
os.write(1, b"said from C\\n")

[weights] = [part for part in sample_parts() if isinstance(part, ModelPart)]


def fit(config, task):
    print("said while fitting")
    return weights.fit(config, task)


@hookimpl
def voxpop_models():
    yield dataclasses.replace(weights, name="talkative", fit=fit)
"""


@pytest.fixture
def talkative(tmp_path: Path, site: Path) -> dict[str, str]:
    """The environment in which a plugin that prints is installed beside the sample plugin."""
    other = tmp_path / "talkative-site"
    info = other / "talkative-1.0.dist-info"
    info.mkdir(parents=True)
    (other / "talkative_plugin.py").write_text(PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: talkative\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[voxpop]\ntalkative = talkative_plugin\n")
    return {"PYTHONPATH": os.pathsep.join([str(site), str(other)])}


def test_what_a_plugin_prints_goes_to_stderr(
    voxpop: Voxpop, run_config: Path, talkative: dict[str, str]
) -> None:
    chosen = ("--set", "model.name=talkative", "--json")
    done = voxpop("train", run_config, *chosen, **talkative)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["version"].startswith("v-")
    for said in ("said by print", "said from C", "said while fitting"):
        assert said in done.stderr


def test_help_goes_to_stdout(voxpop: Voxpop) -> None:
    done = voxpop("train", "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: voxpop train")


Shell = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def shell(program: list[str], environment: dict[str, str], tmp_path: Path) -> Shell:
    """Run a line of a shell in which VOXPOP is the program."""

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", line],
            env=environment | {"VOXPOP": " ".join(program)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    "command", ["plugins list", "plugins list --json", "--version", "train --help"]
)
def test_a_full_stdout_is_one_message(shell: Shell, command: str) -> None:
    done = shell(f"$VOXPOP {command} > /dev/full")
    assert done.returncode == ExitCode.STORE
    assert done.stderr == (
        "voxpop: stdout cannot be written (No space left on device): what was printed is not "
        "whole\n"
    )


@pytest.mark.parametrize("command", ["plugins list", "plugins list --json", "train --help"])
def test_a_closed_stdout_is_one_message(shell: Shell, command: str) -> None:
    done = shell(f"$VOXPOP {command} >&-")
    assert done.returncode == ExitCode.STORE
    assert "voxpop: stdout is closed, so there is nowhere to print to" in done.stderr
    assert "Traceback" not in done.stderr


def test_with_stdout_and_stderr_closed_the_status_tells(shell: Shell) -> None:
    assert shell("$VOXPOP plugins list >&- 2>&-").returncode == ExitCode.STORE


def test_a_reader_that_has_seen_enough_is_no_fault(shell: Shell) -> None:
    done = shell("$VOXPOP plugins list | true; echo ${PIPESTATUS[0]}")
    assert done.stderr == ""
    assert done.stdout == "1\n"


def test_a_failure_keeps_its_own_status_when_stdout_is_full(shell: Shell) -> None:
    done = shell("$VOXPOP registry show nothing > /dev/full")
    assert done.returncode == ExitCode.NOT_FOUND
