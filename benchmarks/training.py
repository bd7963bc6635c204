"""Training the BiLSTM against plain `keras.fit` on reviews padded to 128 tokens.

    python -m benchmarks.training [--json FILE] [--rounds N] [--scale small] [--reviews FILE...]

Both train the very network of the demo, from the same start and for as many epochs, and validate
after each, padded or bucketed as they train; starting Python and tracing the graph are not
counted. `cpu_ratio_same_batch` compares equal batch sizes, `cpu_ratio_vs_batch32` our default with
the batch size that Keras takes when none is given. A larger batch is another optimisation, so
validation accuracies stand beside the ratios.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from benchmarks.child import run_child
from benchmarks.measure import Cost, Report, measure_rounds, parse_options, ratio
from voxpop_plugins.keras.bilstm import BiLSTMConfig

BATCH = BiLSTMConfig().batch_size
MOST_LOST = 0.01  # of the accuracy that plain Keras reaches


def main() -> None:
    options = parse_options(
        "training", "BiLSTM training, against plain keras.fit.", rounds=3, takes_reviews=True
    )
    rows = 256 if options.small else 8_192
    answers: dict[str, list[dict[str, Any]]] = {}

    def contender(name: str, how: str, batch_size: int) -> Callable[[], Cost]:
        def train() -> Cost:
            seed = len(answers.setdefault(name, [])) + 1
            answer = run_child(
                "benchmarks.training_contender",
                {
                    "how": how,
                    "batch_size": batch_size,
                    "rows": rows,
                    "seed": seed,
                    "reviews": [str(file) for file in options.reviews],
                },
            )
            answers[name].append(answer)
            return Cost(cpu_s=answer["cpu_s"], wall_s=answer["wall_s"])

        return train

    same, usual, ours = f"keras, batch {BATCH}", "keras, batch 32", f"ours, batch {BATCH}"
    contenders = {
        same: contender(same, "plain", BATCH),
        usual: contender(usual, "plain", 32),
        ours: contender(ours, "ours", BATCH),
    }
    costs = measure_rounds(contenders, options, warm_ups=0)

    report = Report(options, versions=("keras", "numpy", "tensorflow", "voxpop"))
    one = answers[ours][0]
    work = f"train on {'given' if options.reviews else 'synthetic'} reviews"
    report.add_costs(work, costs, units=one["rows"] * one["epochs"], unit="review")
    report.add_figure("cpu_ratio_same_batch", ratio(costs[same], costs[ours]), bar=1.1)
    report.add_figure("cpu_ratio_vs_batch32", ratio(costs[usual], costs[ours]), bar=1.8)
    report.add_figure("wall_ratio_same_batch", ratio(costs[same], costs[ours], by="wall"))
    accuracies = {
        key: statistics.fmean(answer["val_accuracy"] for answer in answers[name])
        for key, name in (("keras", same), ("keras_batch32", usual), ("ours", ours))
    }
    for key, accuracy in accuracies.items():
        report.add_figure(f"val_accuracy_{key}", accuracy)
    report.add_figure(
        "accuracy_difference", accuracies["ours"] - accuracies["keras"], bar=-MOST_LOST
    )
    report.add_figure("tokens_per_review", one["tokens_per_review"])
    report.finish()


if __name__ == "__main__":
    main()
