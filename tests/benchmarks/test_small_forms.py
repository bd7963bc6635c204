"""The benchmarks that need Keras run as their commands say and write their figures.

No figure is judged here: a timed test would tell more about the machine than about the code.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.train

FIGURES = {
    "accuracy": {
        "accuracy_mean",
        "accuracy_seed_42",
        "linear_accuracy_mean",
        "tfidf_accuracy_mean",
    },
    "inference": {
        "cpu_ratio_batch1",
        "cpu_ratio_batch1_saved_model",
        "cpu_ratio_best_batch",
        "cpu_ratio_best_batch_predict",
        "gemm_peak_gflops_per_s",
        "share_of_gemm_peak",
        "worst_difference",
    },
    "page": {
        "cancel_s",
        "errors",
        "file_reviews_per_s",
        "file_rows",
        "file_s",
        "files_at_once",
        "label_ms",
        "people_told_that_they_wait",
        "planted_rows",
        "planted_rows_opened_wrongly",
        "pss_growth",
        "pss_mib",
        "usable_s",
        "users",
        "words_ms",
    },
    "reports": {"report_of_500_s"},
    "training": {
        "accuracy_difference",
        "cpu_ratio_same_batch",
        "cpu_ratio_vs_batch32",
        "tokens_per_review",
        "val_accuracy_keras",
        "val_accuracy_keras_batch32",
        "val_accuracy_ours",
        "wall_ratio_same_batch",
    },
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "name",
    # Two minutes of two cores; what it measures is tested in a browser by tests/apps/ui.
    [pytest.param(name, marks=pytest.mark.slow) if name == "page" else name for name in FIGURES],
)
def test_the_small_form_writes_every_figure(name: str, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    program = [sys.executable, "-m", f"benchmarks.{name}", "--scale", "small", "--rounds", "1"]
    ran = subprocess.run(
        [*program, "--json", str(file)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    written = json.loads(file.read_text())
    assert written.pop("about")["scale"] == "small"
    assert set(written) == FIGURES[name]
