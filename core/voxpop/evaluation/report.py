"""The report that lies in every bundle: a page for people, a file for programs, figures."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voxpop.evaluation.figures import (
    confusion_figure,
    learning_curve_figure,
    learning_curves,
    precision_recall_figure,
    reliability_figure,
    roc_figure,
)
from voxpop.evaluation.page import page
from voxpop.evaluation.record import Evaluation
from voxpop.events import EpochEnded


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Another version, measured on the same rows."""

    name: str
    metrics: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that a report tells. Equal reports are written as equal bytes."""

    evaluation: Evaluation  # of the saved bundle on the test split, as it is served
    created_at: datetime.datetime  # aware of its time zone
    rows: Mapping[str, int]  # by the names of the splits
    run_config: Mapping[str, Any]  # filled in
    environment: Mapping[str, str]
    text_of: Callable[[int], str]  # the text of a row of the test split
    include_texts: bool = True  # False keeps every review text out of the report
    git_commit: str | None = None
    temperature: float = 1.0
    uncalibrated: Evaluation | None = None  # the same rows before calibration
    epochs: Sequence[EpochEnded] = field(default=())
    comparison: Comparison | None = None


def write_report(directory: Path, report: Report) -> None:
    """Write `report.html`, `metrics.json` and `figures/*.svg` into a directory, made if missing.

    The page stands alone: it asks for nothing from outside and runs no script.

    Raises:
        MissingExtraError: matplotlib is missing.
    """
    figures = _figures(report)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "figures").mkdir(exist_ok=True)
    for name, svg in figures.items():
        (directory / "figures" / f"{name}.svg").write_bytes(svg)
    numbers = json.dumps(
        _numbers(report), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False
    )
    (directory / "metrics.json").write_bytes(_utf8(numbers + "\n"))
    (directory / "report.html").write_bytes(_utf8(page(report, figures)))


def _figures(report: Report) -> dict[str, bytes]:
    evaluation = report.evaluation
    figures = {"confusion": confusion_figure(evaluation)}
    if evaluation.roc:
        figures["roc"] = roc_figure(evaluation)
        figures["precision-recall"] = precision_recall_figure(evaluation)
    figures["reliability"] = reliability_figure(evaluation, report.uncalibrated)
    for metric in learning_curves(report.epochs):
        figures[f"learning-{metric}"] = learning_curve_figure(report.epochs, metric)
    return figures


def _numbers(report: Report) -> dict[str, Any]:
    uncalibrated, comparison = report.uncalibrated, report.comparison
    return {
        "created_at": report.created_at.astimezone(datetime.UTC).isoformat(),
        "rows": dict(report.rows),
        "evaluation": report.evaluation.to_json(),
        "calibration": {
            "temperature": report.temperature,
            "metrics_before": None if uncalibrated is None else dict(uncalibrated.metrics),
        },
        "comparison": None
        if comparison is None
        else {"name": comparison.name, "metrics": dict(comparison.metrics)},
        "epochs": [
            {
                "epoch": epoch.epoch,
                "duration_s": epoch.duration_s,
                "metrics": {  # a loss that ran away is not JSON
                    name: value if math.isfinite(value) else None
                    for name, value in epoch.metrics.items()
                },
            }
            for epoch in report.epochs
        ],
    }


def _utf8(text: str) -> bytes:
    """Lone surrogates, which UTF-8 cannot hold, become question marks."""
    return text.encode("utf-8", "replace")
