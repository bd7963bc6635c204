"""`--registry` says which registry is used, whatever the environment says."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Voxpop = Callable[..., subprocess.CompletedProcess[str]]

COMMANDS = (
    ("predict", "An excellent lamp"),
    ("evaluate",),
    ("score", "reviews.csv", "--out", "scored.csv", "--processes", "1"),
    ("insights", "reviews.csv", "--out", "page.html", "--processes", "1"),
    ("registry", "list"),
    ("registry", "show"),
    ("registry", "history"),
    ("registry", "promote", "champion", "--alias", "candidate"),
    ("registry", "pull", "champion", "pulled"),
    ("registry", "gc"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda it: " ".join(it[:2]))
def test_the_command_line_goes_over_the_environment(
    voxpop: Voxpop, trained: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    rows = [f"It is {word} {at}" for at in range(20) for word in ("excellent", "awful")]
    (tmp_path / "reviews.csv").write_text("\n".join(["content", *rows]), encoding="utf-8")
    elsewhere = {"VOXPOP_REGISTRY__NAME": "elsewhere"}
    refused = voxpop(*command, **elsewhere)
    assert "'elsewhere'" in refused.stderr
    assert refused.returncode not in {0, 1}
    done = voxpop(*command, "--registry", "local", **elsewhere)
    assert done.returncode == 0, done.stderr


def test_rollback_and_delete_take_it_too(voxpop: Voxpop, run_config: Path, trained: str) -> None:
    elsewhere = {"VOXPOP_REGISTRY__NAME": "elsewhere"}
    second = voxpop("train", run_config).stdout.strip()
    voxpop("registry", "promote", second)
    back = voxpop("registry", "rollback", "--registry", "local", **elsewhere)
    assert back.stdout.strip() == trained
    gone = voxpop("registry", "delete", second, "--registry", "local", **elsewhere)
    assert gone.returncode == 0, gone.stderr


def test_a_registry_that_nobody_offers_is_told(voxpop: Voxpop) -> None:
    done = voxpop("registry", "list", "--registry", "locla")
    assert done.returncode == 4
    assert "Did you mean 'local'?" in done.stderr
