"""The benchmark of scoring files runs as its command says, on little data; none is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.train]


def test_the_small_form_writes_every_figure(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    program = [sys.executable, "-m", "benchmarks.scoring", "--scale", "small", "--rounds", "1"]
    ran = subprocess.run(
        [*program, "--rows", "4500", "--json", str(file)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    written = json.loads(file.read_text())
    assert written.pop("about")["bars"] == {"share_of_network_speed": 0.7, "memory_headroom": 1.0}
    assert written["rows"] == 4_500
    assert all(value > 0 for value in written.values())
