"""The training benchmark runs as its command says and writes its figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.train, pytest.mark.slow]


def test_the_small_form_writes_every_figure(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    program = [sys.executable, "-m", "benchmarks.training", "--scale", "small", "--rounds", "1"]
    ran = subprocess.run(
        [*program, "--json", str(figures)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    written = json.loads(figures.read_text())
    about = written.pop("about")
    assert about["bars"]["cpu_ratio_same_batch"] == 1.1
    assert about["bars"]["cpu_ratio_vs_batch32"] == 1.8
    assert set(written) == {
        "cpu_ratio_same_batch",
        "cpu_ratio_vs_batch32",
        "wall_ratio_same_batch",
        "val_accuracy_keras",
        "val_accuracy_keras_batch32",
        "val_accuracy_ours",
        "tokens_per_review",
    }
    assert 65 < written["tokens_per_review"] < 85
