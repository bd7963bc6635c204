"""The benchmark of the API runs as its command says, against the bare route and the echo."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.train]

FIGURES = {
    "cold_start_s",
    "cpu_ms_without_keys",
    "cpu_ratio_bare",
    "errors",
    "load_before",
    "others_share",
    "p50_ratio_bare_c1",
    "pss_mib",
    "rps_ratio_bare",
    "share_of_echo_rps",
    "wrong_answers",
}


@pytest.mark.timeout(300)
def test_the_small_form_writes_every_figure_and_every_answer_is_right(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    program = [sys.executable, "-m", "benchmarks.serving", "--scale", "small", "--rounds", "1"]
    ran = subprocess.run(
        [*program, "--json", str(file)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    written = json.loads(file.read_text())
    about = written.pop("about")
    assert set(written) == FIGURES
    assert (written["errors"], written["wrong_answers"]) == (0, 0)
    assert about["scale"] == "small"
    for one in about["costs"]["rounds"].values():
        for load in one[0].values():
            assert load["requests"] > 0
            assert (load["errors"], load["wrong"]) == (0, 0)
