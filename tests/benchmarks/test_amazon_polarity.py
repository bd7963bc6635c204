"""The benchmark of amazon-polarity runs as its command says, on little data; none is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_the_small_form_writes_every_figure(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    program = [sys.executable, "-m", "benchmarks.amazon_polarity", "--scale", "small"]
    ran = subprocess.run(
        [*program, "--rounds", "1", "--json", str(file)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    written = json.loads(file.read_text())
    assert written.pop("about")["scale"] == "small"
    assert written["rows"] == 3_000
    for how in ("first", "again", "pyarrow"):
        assert written[f"peak_anonymous_mb_{how}"] > 0
        assert written[f"rows_per_s_{how}"] > 0
