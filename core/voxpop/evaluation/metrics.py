"""How good probabilities are: scikit-learn's metrics, and what a report needs beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from voxpop.answers import AnswerError, as_probabilities
from voxpop.calibration import SMALLEST_PROBABILITY
from voxpop.errors import DataError, MissingExtraError, PluginError, UsageError
from voxpop.evaluation.record import ClassMetrics, Curve, Evaluation, Mistake
from voxpop.evaluation.reliability import (
    expected_calibration_error,
    reliability_bins,
    wilson_interval,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["METRICS", "Evaluation", "evaluate", "is_better"]

METRICS: Mapping[str, bool] = MappingProxyType(
    {
        "accuracy": True,
        "precision": True,
        "recall": True,
        "f1": True,
        "roc_auc": True,
        "log_loss": False,
        "brier": False,
        "ece": False,
    }
)
"""Every metric, and whether more of it is better. docs/metrics.md tells what each means."""

MISTAKES_KEPT = 20
CURVE_POINTS = 200


def is_better(metric: str, new: float, old: float) -> bool:
    """Tell whether `new` beats `old`; the same value does not.

    Raises:
        UsageError: there is no metric of that name.
    """
    if metric not in METRICS:
        raise UsageError(f"There is no metric {metric!r}. Metrics are: {', '.join(METRICS)}.")
    return new > old if METRICS[metric] else new < old


def evaluate(
    probabilities: NDArray[np.float32] | NDArray[np.float64],
    labels: NDArray[np.int64],
    class_names: Sequence[str],
) -> Evaluation:
    """Measure probabilities against the true labels.

    The label shown is the most probable one (the first of equals). With two classes, precision,
    recall, F1, ROC-AUC and the curves are those of the last class; with more they are means over
    the classes that occur, each class against the rest. `roc_auc` is left out when the rows are
    all of one class. Log loss is in nats, and counts a probability below 2**-24 as that much.
    The Brier score is `sum((p - y) ** 2) / 2` over the classes, so it lies within [0, 1] and is
    the usual one with two classes.

    Args:
        probabilities: shape (n, k), each row sums to 1
        labels: shape (n,), positions in `class_names`
        class_names: k names

    Raises:
        DataError: there are no rows.
        PluginError: what the model gave are no probabilities.
        ValueError: the shapes or labels do not fit together.
        MissingExtraError: scikit-learn is missing.
    """
    try:
        from sklearn import metrics as sklearn_metrics
    except ImportError as error:
        raise MissingExtraError(
            'Measuring a model needs scikit-learn: pip install "voxpop[train]".'
        ) from error

    rows, classes = len(labels), len(class_names)
    given = _checked(probabilities, labels, classes)
    shown = given.argmax(axis=1)
    correct = shown == labels
    confidences = given[np.arange(rows), shown].clip(max=1.0)
    bins = reliability_bins(confidences, correct)
    floored = np.maximum(given, SMALLEST_PROBABILITY)

    averaging: dict[str, Any] = {"average": "binary"} if classes == 2 else {"average": "macro"}
    precision, recall, f1, _ = sklearn_metrics.precision_recall_fscore_support(
        labels, shown, zero_division=0, **averaging
    )
    present = np.flatnonzero(np.bincount(labels, minlength=classes))
    drawn = [classes - 1] if classes == 2 else [int(each) for each in present]
    found = {
        "accuracy": float(correct.mean()),
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
    }
    curves: tuple[tuple[Curve, ...], tuple[Curve, ...]] = ((), ())
    if len(present) > 1:
        found["roc_auc"] = float(
            np.mean([sklearn_metrics.roc_auc_score(labels == c, given[:, c]) for c in drawn])
        )
        curves = _curves(sklearn_metrics, given, labels, drawn, class_names)
    found |= {
        "log_loss": float(
            sklearn_metrics.log_loss(
                labels, floored / floored.sum(axis=1, keepdims=True), labels=range(classes)
            )
        ),
        "brier": float(np.square(given - np.eye(classes)[labels]).sum(axis=1).mean() / 2),
        "ece": expected_calibration_error(bins),
    }
    wrong = np.flatnonzero(~correct)
    wrong = wrong[np.argsort(-confidences[wrong], kind="stable")][:MISTAKES_KEPT]
    return Evaluation(
        class_names=tuple(class_names),
        rows=rows,
        metrics=found,
        accuracy_interval=wilson_interval(int(correct.sum()), rows),
        confusion=tuple(
            tuple(int(count) for count in row)
            for row in sklearn_metrics.confusion_matrix(labels, shown, labels=range(classes))
        ),
        per_class=_per_class(sklearn_metrics, labels, shown, class_names),
        roc=curves[0],
        precision_recall=curves[1],
        reliability=bins,
        mistakes=tuple(
            Mistake(
                index=int(index),
                label=class_names[labels[index]],
                predicted=class_names[shown[index]],
                confidence=float(confidences[index]),
            )
            for index in wrong
        ),
    )


def _checked(
    probabilities: NDArray[Any], labels: NDArray[np.int64], classes: int
) -> NDArray[np.float64]:
    """Give the probabilities as float64, once they are known to be some."""
    if len(labels) == 0:
        raise DataError("There are no reviews to measure the model on: the test split is empty.")
    if probabilities.shape != (len(labels), classes) or classes < 2:
        raise ValueError(
            f"{len(labels)} labels of {classes} classes and probabilities of shape "
            f"{probabilities.shape} do not fit together"
        )
    if ((labels < 0) | (labels >= classes)).any():
        raise ValueError(f"labels must be 0 to {classes - 1}")
    try:
        return as_probabilities(probabilities, len(labels), classes)
    except AnswerError as error:
        raise PluginError(
            f"The model gave {error}; `predict_proba` of the model's plugin must be mended."
        ) from error


def _per_class(
    sklearn_metrics: Any,
    labels: NDArray[np.int64],
    shown: NDArray[np.int64],
    class_names: Sequence[str],
) -> tuple[ClassMetrics, ...]:
    columns = sklearn_metrics.precision_recall_fscore_support(
        labels, shown, labels=range(len(class_names)), zero_division=0
    )
    return tuple(
        ClassMetrics(
            label=name,
            precision=float(precision),
            recall=float(recall),
            f1=float(f1),
            support=int(support),
        )
        for name, precision, recall, f1, support in zip(class_names, *columns, strict=True)
    )


def _curves(
    sklearn_metrics: Any,
    given: NDArray[np.float64],
    labels: NDArray[np.int64],
    drawn: Sequence[int],
    class_names: Sequence[str],
) -> tuple[tuple[Curve, ...], tuple[Curve, ...]]:
    roc, precision_recall = [], []
    for each in drawn:
        truth, scores = labels == each, given[:, each]
        false_positive_rate, true_positive_rate, _ = sklearn_metrics.roc_curve(truth, scores)
        roc.append(_thinned(class_names[each], false_positive_rate, true_positive_rate))
        precision, recall, _ = sklearn_metrics.precision_recall_curve(
            truth, scores, drop_intermediate=True
        )
        precision_recall.append(_thinned(class_names[each], recall[::-1], precision[::-1]))
    return tuple(roc), tuple(precision_recall)


def _thinned(label: str, x: NDArray[np.float64], y: NDArray[np.float64]) -> Curve:
    """Keep points at even distances along the curve, both ends included."""
    if len(x) > CURVE_POINTS:
        way = np.concatenate(([0.0], np.cumsum(abs(np.diff(x)) + abs(np.diff(y)))))
        kept = np.unique(np.searchsorted(way, np.linspace(0, way[-1], CURVE_POINTS)))
        kept = np.unique(np.concatenate(([0], kept.clip(max=len(x) - 1), [len(x) - 1])))
        x, y = x[kept], y[kept]
    return Curve(label=label, x=tuple(x.round(5).tolist()), y=tuple(y.round(5).tolist()))
