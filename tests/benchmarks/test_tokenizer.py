"""The tokenizer benchmark runs as its command says, checks the ids and writes its figures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.train


def test_the_small_form_writes_every_figure(tmp_path: Path) -> None:
    reviews = tmp_path / "reviews.csv"
    reviews.write_text('label,title,content\n0,None,"Broke, in a week"\n1,Great,I love it\n')
    figures = tmp_path / "figures.json"
    program = [sys.executable, "-m", "benchmarks.tokenizer", "--scale", "small", "--rounds", "1"]
    ran = subprocess.run(
        [*program, "--json", str(figures), "--reviews", str(reviews)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    written = json.loads(figures.read_text())
    assert written.pop("about")["scale"] == "small"
    sources = ("synthetic", "imdb", "given")
    assert set(written) == {
        "fit_wall_ratio",
        "fit_cpu_ratio",
        "encode_cpu_ratio",
        *(f"encode_cpu_ratio_{source}" for source in sources),
        *(f"encode_one_cpu_ratio_{source}" for source in sources),
    }
    assert written["encode_cpu_ratio"] == min(
        written[f"encode_cpu_ratio_{source}"] for source in sources
    )
    assert "encode given reviews, one at a time: 2 texts" in ran.stdout
