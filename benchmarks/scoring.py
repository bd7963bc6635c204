"""Scoring a file, against the network alone and a plain loop, on as many processes.

    python -m benchmarks.scoring [--rows N] [--json FILE] [--rounds N] [--scale small]

A Parquet file of synthetic reviews with three more columns is scored by `voxpop.score_files` on two
processes: from the call to the finished Parquet file, the digest of the input and the start of the
processes included. Beside it, in the same minute, two processes run what cannot be avoided:

- `network`: the model's `predict_proba` on ids that are ready, in its own best batch of 32, 128 and
  1,000; nothing is read, encoded or written.
- `loop`: `classifier.probabilities` on texts that are ready, 1,000 at a time.

Both do so on a part of the same texts, as a rate. The memory is the sum of `RssAnon` over all
processes that score, ten times a second. The network is the default BiLSTM, trained for one epoch:
how well it answers does not matter here.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.child import run_child
from benchmarks.measure import Cost, Report, measure_rounds, median, parse_options, ratio
from benchmarks.reviews import synthetic_reviews

PROCESSES = 2
_DIFFERENT = 50_000  # texts; the file repeats them
_TIMED = 10_000  # texts a process, for the two rates


def main() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--rows", type=int, help="of the file; default: 1,000,000, small: 5,000")
    given, rest = parser.parse_known_args(sys.argv[1:])
    options = parse_options("scoring", "Scoring a Parquet file.", rounds=1, argv=rest)
    rows = given.rows or (5_000 if options.small else 1_000_000)
    timed = min(_TIMED, rows // PROCESSES)
    peaks: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        os.environ["VOXPOP_HOME"] = str(place / "home")
        texts = synthetic_reviews(min(rows, _DIFFERENT), seed=5)
        write_parquet(place / "reviews.parquet", texts, rows)
        question = {"place": directory, "processes": PROCESSES, "rows": timed}
        version = run_child("benchmarks.scoring_contender", {**question, "what": "train"})[
            "version"
        ]

        def rate(what: str) -> Cost:
            answer = run_child("benchmarks.scoring_contender", {**question, "what": what})
            scale = rows / (timed * PROCESSES)
            return Cost(cpu_s=answer["cpu_s"] * scale, wall_s=answer["wall_s"] * scale)

        def score() -> Cost:
            answer = run_child("benchmarks.scoring_contender", {**question, "what": "score"})
            if answer["rows"] != rows or answer["version"] != version:
                raise SystemExit(f"{answer} is not what was to be scored")
            peaks.append(answer["peak_anonymous_mb"])
            return Cost(cpu_s=answer["cpu_s"], wall_s=answer["wall_s"])

        contenders = {"network": lambda: rate("network"), "loop": lambda: rate("loop")}
        costs = measure_rounds({**contenders, "score": score}, options, warm_ups=0)
    report = Report(options, versions=("numpy", "onnxruntime", "pyarrow", "voxpop"))
    report.add_costs("a Parquet file", costs, units=rows, unit="review")
    report.add_figure("rows", rows)
    report.add_figure("reviews_per_s", rows / median(costs["score"]).wall_s)
    report.add_figure(
        "share_of_network_speed", ratio(costs["network"], costs["score"], by="wall"), bar=0.7
    )
    report.add_figure("share_of_loop_speed", ratio(costs["loop"], costs["score"], by="wall"))
    report.add_figure("peak_anonymous_mb", max(peaks))
    report.add_figure("memory_headroom", 1_000 / max(peaks), bar=1.0)
    report.finish()


def write_parquet(file: Path, texts: list[str], rows: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    schema = pa.schema(
        {"id": pa.int64(), "product": pa.string(), "date": pa.date32(), "review": pa.string()}
    )
    with pq.ParquetWriter(file, schema) as writer:
        for start in range(0, rows, len(texts)):
            count = min(len(texts), rows - start)
            days = np.datetime64("2025-01-01") + rng.integers(0, 365, count)
            columns = [
                pa.array(range(start, start + count), pa.int64()),
                pa.array([f"P{number:03d}" for number in rng.integers(0, 200, count)]),
                pa.array(days.astype("datetime64[D]"), pa.date32()),
                pa.array(texts[:count]),
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


if __name__ == "__main__":
    main()
