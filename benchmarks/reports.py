"""From a CSV file of reviews to the finished report, as a user waits for it.

    python -m benchmarks.reports [--json FILE] [--rounds N] [--scale small]

`voxpop insights FILE --out report.html` over 5,000 and 100,000 synthetic reviews with products,
dates, stars and authors, from the start of the command to its end: the start of Python, the loading
of the model, scoring on all cores and all that is found are in it. The network is the default
BiLSTM, trained for one epoch: how well it answers does not matter here.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.child import run_child
from benchmarks.measure import Cost, Report, measure_rounds, median, parse_options
from benchmarks.reviews import synthetic_reviews
from benchmarks.scoring import write_parquet

_MOST_S = {5_000: 10.0, 100_000: 90.0}  # seconds that a report may take, by reviews


def main() -> None:
    options = parse_options("reports", "From a CSV file to the report.", rounds=3)
    sizes = {500: 1.0} if options.small else _MOST_S
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        os.environ["VOXPOP_HOME"] = str(place / "home")
        texts = synthetic_reviews(max(sizes), seed=7)
        write_parquet(place / "reviews.parquet", texts[:2_000], min(2_000, len(texts)))
        run_child(
            "benchmarks.scoring_contender",
            {"place": directory, "processes": 1, "rows": 0, "what": "train"},
        )
        for size in sizes:
            _write(place / f"{size}.csv", texts[:size])
        contenders = {f"{size}": lambda size=size: _report(place, size) for size in sizes}
        costs = measure_rounds(contenders, options, warm_ups=0)
    report = Report(options, versions=("numpy", "onnxruntime", "rensa", "scipy", "voxpop"))
    for size in sizes:
        wall_s = median(costs[f"{size}"]).wall_s
        most = None if options.small else _MOST_S[size]
        report.add_figure(f"report_of_{size}_s", wall_s, most=most)
    report.finish()


def _report(place: Path, size: int) -> Cost:
    out = place / f"{size}.html"
    start = time.perf_counter()
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "voxpop_apps.cli", "insights"),
            *(str(place / f"{size}.csv"), "--out", str(out)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    wall_s = time.perf_counter() - start
    if ran.returncode != 0:
        raise SystemExit(f"{size} reviews:\n{ran.stderr}")
    if f"{size:,} reviews" not in out.read_text(encoding="utf-8"):
        raise SystemExit(f"The report does not speak of {size:,} reviews")
    return Cost(cpu_s=0.0, wall_s=wall_s)


def _write(file: Path, texts: list[str]) -> None:
    rng = np.random.default_rng(7)
    product = rng.zipf(1.5, len(texts)) % 100
    days = np.datetime64("2025-01-01") + rng.integers(0, 365, len(texts)).astype("timedelta64[D]")
    stars = rng.integers(1, 6, len(texts))
    author = rng.integers(0, len(texts), len(texts))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("Product", "Review", "Date", "Rating", "Author"))
        for place, text in enumerate(texts):
            writer.writerow(
                (f"P{product[place]:02d}", text, days[place], stars[place], f"a{author[place]}")
            )


if __name__ == "__main__":
    main()
