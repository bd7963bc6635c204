"""`voxpop compare`: two versions, by the real program."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Voxpop = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def weaker(voxpop: Voxpop, run_config: Path, trained: str) -> str:
    """A version that learnt from the same reviews for a moment only."""
    hasty = ("--set", "model.epochs=1", "--set", "model.learning_rate=0.000001")
    return voxpop("train", run_config, *hasty).stdout.strip()


def test_two_versions_are_told_apart(voxpop: Voxpop, trained: str, weaker: str) -> None:
    told = json.loads(voxpop("compare", trained, weaker, "--json").stdout)
    measured = json.loads(voxpop("evaluate", weaker, "--json").stdout)
    assert told["first"]["version"] == trained
    assert told["second"] == {"version": weaker, "metrics": measured["metrics"]}
    accuracy = told["accuracy"]
    assert told["differences"]["accuracy"] == pytest.approx(accuracy["difference"])
    gap = accuracy["first_only"] - accuracy["second_only"]
    assert accuracy["difference"] == pytest.approx(gap / told["rows"])
    assert accuracy["interval"][0] < accuracy["difference"] < accuracy["interval"][1]
    assert 0 < accuracy["p_value"] <= 1


def test_the_table_has_the_second_last(voxpop: Voxpop, trained: str, weaker: str) -> None:
    done = voxpop("compare", weaker)  # with the champion
    assert done.returncode == 0, done.stderr
    header, *rows, sentence = done.stdout.splitlines()
    assert header.split("\t") == ["metric", weaker, trained, "difference"]
    first = dict(row.split("\t", 1) for row in rows)
    assert set(first) >= {"accuracy", "f1", "log_loss"}
    assert "McNemar's test: p = " in sentence
    assert "may have learnt" not in done.stderr


def test_a_version_with_itself_differs_in_nothing(voxpop: Voxpop, trained: str) -> None:
    told = json.loads(voxpop("compare", trained, "champion", "--json").stdout)
    assert set(told["differences"].values()) == {0.0}
    assert told["accuracy"]["p_value"] == 1.0


def test_other_test_reviews_are_warned_of(voxpop: Voxpop, trained: str, run_config: Path) -> None:
    run_config.write_text(run_config.read_text().replace("seed = 7", "seed = 8"))
    done = voxpop("compare", "champion", "champion", "--config", run_config)
    assert done.returncode == 0, done.stderr
    assert f"{trained} held out other test reviews than these" in done.stderr


def test_other_labels_are_refused(voxpop: Voxpop, trained: str) -> None:
    done = voxpop("compare", "champion", "--set", "data.classes=3")
    assert done.returncode == 5
    assert "there is nothing to compare" in done.stderr
