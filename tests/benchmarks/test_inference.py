"""The inference benchmark runs as its command says, checks the answers and writes its figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.train, pytest.mark.slow]


def test_the_small_form_writes_every_figure(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    program = [sys.executable, "-m", "benchmarks.inference", "--scale", "small", "--rounds", "1"]
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
    assert about["bars"] == {"cpu_ratio_batch1": 100, "cpu_ratio_best_batch": 2.5}
    assert set(written) == {
        "cpu_ratio_batch1",
        "cpu_ratio_batch1_saved_model",
        "cpu_ratio_best_batch",
        "cpu_ratio_best_batch_predict",
        "share_of_gemm_peak",
        "gemm_peak_gflops_per_s",
        "worst_difference",
    }
    assert 0 < written["worst_difference"] < 1e-5
    assert 0 < written["share_of_gemm_peak"] < 1
