"""Answering with onnxruntime, as Voxpop serves it, against Keras and a SavedModel.

    python -m benchmarks.inference [--json FILE] [--rounds N] [--scale small]

The demo's own network, random reviews of Amazon's lengths, ids ready, one thread. Every engine gets
the same batches, as wide as their longest review, and must give the same answers. The best batch is
each engine's own best of 8, 32 and 128. `share_of_gemm_peak` is the part of the machine's speed in
plain matrix products, on one thread, that our best batch reaches: multiplications that the reviews
need, padding not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.table import Table

from benchmarks.child import run_child
from benchmarks.measure import Cost, Report, measure_rounds, median, parse_options, ratio

ENGINES = {"predict": "Keras predict", "saved_model": "SavedModel", "ours": "ours"}
BATCHES = (1, 8, 32, 128)
TIMED = (8, 32, 128)
MOST_DIFFERENCE = 1e-5


def main() -> None:
    options = parse_options(
        "inference", "BiLSTM answers, against Keras and a SavedModel.", rounds=5
    )
    answers: dict[str, list[dict[str, Any]]] = {engine: [] for engine in ENGINES}

    def contender(engine: str) -> Callable[[], None]:
        def ask() -> None:
            question = {
                "engine": engine,
                "batch_sizes": BATCHES,
                "most_rows": 128 if options.small else 2_048,
            }
            answers[engine].append(run_child("benchmarks.inference_contender", question))

        return ask

    measure_rounds({engine: contender(engine) for engine in ENGINES}, options, warm_ups=0)
    costs = {
        f"{engine} {size}": [Cost(**answer["costs"][str(size)]) for answer in answers[engine]]
        for engine in ENGINES
        for size in BATCHES
    }
    report = Report(options, versions=("keras", "numpy", "onnxruntime", "tensorflow", "voxpop"))
    report.add_costs("one review, in batches", costs, units=1, unit="review")
    best = {
        engine: min(
            (costs[f"{engine} {size}"] for size in TIMED), key=lambda rounds: median(rounds).cpu_s
        )
        for engine in ENGINES
    }
    plain = min(best["predict"], best["saved_model"], key=lambda rounds: median(rounds).cpu_s)
    report.add_figure("cpu_ratio_batch1", ratio(costs["predict 1"], costs["ours 1"]), bar=100)
    report.add_figure(
        "cpu_ratio_batch1_saved_model", ratio(costs["saved_model 1"], costs["ours 1"])
    )
    report.add_figure("cpu_ratio_best_batch", ratio(plain, best["ours"]), bar=2.5)
    report.add_figure("cpu_ratio_best_batch_predict", ratio(best["predict"], best["ours"]))
    peak = max(answer["gemm_flops_per_s"] for round_ in answers.values() for answer in round_)
    reached = answers["ours"][0]["flops_per_review"] / median(best["ours"]).cpu_s
    report.add_figure("share_of_gemm_peak", reached / peak)
    report.add_figure("gemm_peak_gflops_per_s", peak / 1e9)
    report.add_figure("worst_difference", _worst_difference(answers))
    report.add_table(_table(costs))
    report.finish()


def _worst_difference(answers: dict[str, list[dict[str, Any]]]) -> float:
    """Compare every engine's answers with Keras' on the same reviews."""
    expected = answers["predict"][0]["answers"]
    worst: float = max(
        abs(one - other)
        for engine in ENGINES
        for answer in answers[engine]
        for one, other in zip(answer["answers"], expected, strict=True)
    )
    if worst > MOST_DIFFERENCE:
        raise SystemExit(f"The engines' answers differ by {worst}: the times would mean nothing")
    return worst


def _table(costs: dict[str, list[Cost]]) -> Table:
    table = Table(title="CPU ms a review")
    table.add_column("engine")
    for size in BATCHES:
        table.add_column(f"batch {size}", justify="right")
    for engine, name in ENGINES.items():
        cells = [f"{median(costs[f'{engine} {size}']).cpu_s * 1e3:.3f}" for size in BATCHES]
        table.add_row(name, *cells)
    return table


if __name__ == "__main__":
    main()
