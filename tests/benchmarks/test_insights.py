"""The benchmark of the insights runs as its command says; tests of its parts stand elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_the_small_form_writes_every_figure(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    program = [sys.executable, "-m", "benchmarks.insights", "--scale", "small", "--rounds", "1"]
    ran = subprocess.run(
        [*program, "--json", str(file)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    written = json.loads(file.read_text())
    assert written["about"]["scale"] == "small"
    assert set(written["about"]["bars"]) < set(written)
    assert len(written) > 40
