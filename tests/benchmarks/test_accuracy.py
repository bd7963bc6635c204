"""The accuracy benchmark runs as its command says and writes its figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.train, pytest.mark.slow]


def test_the_small_form_writes_every_figure(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    program = [sys.executable, "-m", "benchmarks.accuracy", "--scale", "small", "--rounds", "2"]
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
    assert written.pop("about")["bars"] == {"accuracy": 0.84}
    assert set(written) == {
        "accuracy",
        "accuracy_seed_42",
        "accuracy_seed_43",
        "accuracy_tfidf_logistic_regression",
    }
    mean = (written["accuracy_seed_42"] + written["accuracy_seed_43"]) / 2
    assert written["accuracy"] == pytest.approx(mean)
