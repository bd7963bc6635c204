from __future__ import annotations

import datetime

import numpy as np
import pytest

from voxpop.calibration import calibrate
from voxpop.evaluation.metrics import evaluate
from voxpop.evaluation.record import Evaluation
from voxpop.evaluation.report import Comparison, Report
from voxpop.events import EpochEnded


def measured(classes: int, temperature: float, rows: int = 400) -> Evaluation:
    rng = np.random.default_rng(classes)
    labels = rng.integers(0, classes, rows)
    logits = rng.normal(0, 1.5, (rows, classes)) + 2.5 * np.eye(classes)[labels]
    weights = np.exp(logits)
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    names = ["negative", "positive"] if classes == 2 else [f"class {n}" for n in range(classes)]
    return evaluate(calibrate(probabilities, temperature), labels, names)


@pytest.fixture(scope="session")
def evaluation() -> Evaluation:
    return measured(2, 1.6)


@pytest.fixture(scope="session")
def uncalibrated() -> Evaluation:
    return measured(2, 1.0)


@pytest.fixture(scope="session")
def five_classes() -> Evaluation:
    return measured(5, 1.0)


@pytest.fixture(scope="session")
def epochs() -> list[EpochEnded]:
    losses = [0.60, 0.45, 0.41, 0.44]
    return [
        EpochEnded(
            epoch=number,
            epochs=8,
            metrics={
                "loss": 0.7 / number,
                "accuracy": 0.6 + 0.08 * number,
                "val_loss": loss,
                "val_accuracy": 0.9 - loss / 4,
            },
            duration_s=12.5,
        )
        for number, loss in enumerate(losses, start=1)
    ]


@pytest.fixture(scope="session")
def report(evaluation: Evaluation, uncalibrated: Evaluation, epochs: list[EpochEnded]) -> Report:
    return Report(
        evaluation=evaluation,
        uncalibrated=uncalibrated,
        temperature=1.6,
        created_at=datetime.datetime(2026, 11, 23, 14, 5, tzinfo=datetime.UTC),
        rows={"train": 3000, "validation": 300, "test": 400},
        run_config={
            "seed": 42,
            "model": {"name": "bilstm", "units": [64, 32], "dropout": None},
            "listeners": [{"name": "tensorboard"}],
        },
        environment={"python": "3.12.11", "numpy": "2.5.0"},
        git_commit="0123abc",
        text_of=lambda row: f"Review number {row} broke in a week.",
        epochs=epochs,
        comparison=Comparison(name="v-0123456789abcdef", metrics=dict(uncalibrated.metrics)),
    )
