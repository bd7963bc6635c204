from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn
from numpy.typing import NDArray

from voxpop.errors import DataError, MissingExtraError, PluginError, UsageError
from voxpop.evaluation.metrics import METRICS, evaluate, is_better
from voxpop.evaluation.record import Evaluation

NAMES = ("negative", "positive")
DOCS = Path(__file__).parents[3] / "docs"


def binary(positive: list[float]) -> NDArray[np.float64]:
    scores = np.array(positive)
    return np.stack([1 - scores, scores], axis=1)


@pytest.fixture(scope="module")
def by_hand() -> Evaluation:
    """Two hits, one miss and one false alarm among the positives; two rejections."""
    labels = np.array([1, 1, 1, 0, 0, 0])
    return evaluate(binary([0.9, 0.8, 0.3, 0.6, 0.2, 0.1]), labels, NAMES)


@st.composite
def measurements(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.int64], list[str]]:
    rows, classes = draw(st.integers(1, 25)), draw(st.integers(2, 4))
    weights = draw(
        stn.arrays(np.float64, (rows, classes), elements=st.sampled_from([0.0, 0.1, 0.5, 1, 9]))
    )
    weights[weights.sum(axis=1) == 0] = 1.0
    labels = draw(stn.arrays(np.int64, rows, elements=st.integers(0, classes - 1)))
    names = [f"class {number}" for number in range(classes)]
    return weights / weights.sum(axis=1, keepdims=True), labels, names


def test_every_metric_of_a_binary_evaluation_by_hand(by_hand: Evaluation) -> None:
    log_loss = -sum(map(math.log, [0.9, 0.8, 0.3, 0.4, 0.8, 0.9])) / 6
    brier = (0.01 + 0.04 + 0.49 + 0.36 + 0.04 + 0.01) / 6
    assert by_hand.metrics == pytest.approx(
        {
            "accuracy": 4 / 6,
            "precision": 2 / 3,
            "recall": 2 / 3,
            "f1": 2 / 3,
            "roc_auc": 8 / 9,  # of nine pairs, only 0.3 lies below 0.6
            "log_loss": log_loss,
            "brier": brier,
            # Confidences 0.9 and 0.9 (both right), 0.8 and 0.8 (right), 0.7 and 0.6 (wrong).
            "ece": (2 * 0.1 + 2 * 0.2 + 0.7 + 0.6) / 6,
        }
    )


def test_the_confusion_matrix_has_a_row_a_true_class(by_hand: Evaluation) -> None:
    assert by_hand.confusion == ((2, 1), (1, 2))
    lopsided = evaluate(binary([0.9, 0.9, 0.1]), np.array([0, 1, 0]), NAMES)
    assert lopsided.confusion == ((1, 1), (0, 1))


def test_each_class_is_measured_against_the_rest(by_hand: Evaluation) -> None:
    for each, name in zip(by_hand.per_class, NAMES, strict=True):
        assert each.label == name
        assert (each.precision, each.recall, each.f1) == pytest.approx((2 / 3,) * 3)
        assert each.support == 3


def test_positive_is_the_last_class() -> None:
    found = evaluate(binary([0.9, 0.9, 0.9, 0.1]), np.array([1, 0, 0, 1]), NAMES)
    assert found.metrics["precision"] == pytest.approx(1 / 3)
    assert found.metrics["recall"] == pytest.approx(1 / 2)


def test_mistakes_come_the_most_confident_first(by_hand: Evaluation) -> None:
    assert [(each.index, each.label, each.predicted) for each in by_hand.mistakes] == [
        (2, "positive", "negative"),
        (3, "negative", "positive"),
    ]
    assert [each.confidence for each in by_hand.mistakes] == pytest.approx([0.7, 0.6])


def test_at_most_twenty_mistakes_are_kept_and_equals_keep_their_order() -> None:
    found = evaluate(binary([0.9] * 50), np.zeros(50, dtype=np.int64), NAMES)
    assert [each.index for each in found.mistakes] == list(range(20))


def test_a_tie_shows_the_first_class() -> None:
    assert evaluate(binary([0.5, 0.5]), np.array([0, 1]), NAMES).confusion == ((1, 0), (1, 0))


def test_the_roc_curve_goes_from_nothing_to_everything(by_hand: Evaluation) -> None:
    (curve,) = by_hand.roc
    assert curve.label == "positive"
    assert (curve.x[0], curve.y[0]) == (0, 0)
    assert (curve.x[-1], curve.y[-1]) == (1, 1)
    assert float(np.trapezoid(curve.y, curve.x)) == pytest.approx(8 / 9, abs=1e-4)


def test_the_precision_recall_curve_goes_with_rising_recall(by_hand: Evaluation) -> None:
    (curve,) = by_hand.precision_recall
    assert list(curve.x) == sorted(curve.x)
    assert (curve.x[0], curve.y[0]) == (0, 1)
    # To find all three positives, the four rows of 0.3 and above are called so.
    assert curve.x[-1] == 1
    assert max(y for x, y in zip(curve.x, curve.y, strict=True) if x == 1) == 0.75


def test_a_long_curve_is_thinned_and_keeps_its_area() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random(20_000)
    found = evaluate(binary(scores.tolist()), (rng.random(20_000) < scores).astype(np.int64), NAMES)
    for curve in (*found.roc, *found.precision_recall):
        assert 100 < len(curve.x) <= 202
    (roc,) = found.roc
    assert float(np.trapezoid(roc.y, roc.x)) == pytest.approx(found.metrics["roc_auc"], abs=1e-3)


@settings(deadline=None, max_examples=30)
@given(measurements())
def test_whatever_is_measured_is_finite_and_within_range(
    rows: tuple[NDArray[np.float64], NDArray[np.int64], list[str]],
) -> None:
    found = evaluate(*rows)
    assert set(found.metrics) | {"roc_auc"} == set(METRICS)
    assert ("roc_auc" in found.metrics) == (len(set(rows[1])) > 1)
    for name, value in found.metrics.items():
        assert 0 <= value <= (math.log(2**24) + 1e-6 if name == "log_loss" else 1), name
    low, high = found.accuracy_interval
    assert 0 <= low <= found.metrics["accuracy"] <= high <= 1
    assert sum(map(sum, found.confusion)) == found.rows == len(rows[1])
    assert [sum(row) for row in found.confusion] == [each.support for each in found.per_class]
    assert sum(each.rows for each in found.reliability) == found.rows
    json.dumps(found.to_json(), allow_nan=False)


@settings(deadline=None, max_examples=30)
@given(measurements())
def test_scores_of_probabilities_agree_with_scikit_learn(
    rows: tuple[NDArray[np.float64], NDArray[np.int64], list[str]],
) -> None:
    from sklearn import metrics as oracle

    probabilities, labels, names = rows
    found = evaluate(*rows).metrics
    everything = list(range(len(names)))
    floored = np.maximum(probabilities, 2.0**-24)
    floored /= floored.sum(axis=1, keepdims=True)
    assert found["log_loss"] == pytest.approx(
        oracle.log_loss(labels, floored, labels=everything), abs=1e-12
    )
    if len(set(labels)) == len(names):
        assert found["brier"] == pytest.approx(
            oracle.brier_score_loss(labels, probabilities, labels=everything, scale_by_half=True)
        )
        scores = probabilities[:, 1] if len(names) == 2 else probabilities
        assert found["roc_auc"] == pytest.approx(
            oracle.roc_auc_score(labels, scores, multi_class="ovr", labels=everything)
        )


@settings(deadline=None, max_examples=30)
@given(measurements())
def test_the_area_is_the_share_of_pairs_in_order(
    rows: tuple[NDArray[np.float64], NDArray[np.int64], list[str]],
) -> None:
    probabilities, labels, names = rows
    found = evaluate(*rows).metrics
    counted = [1] if len(names) == 2 else sorted(set(labels))
    areas = []
    for each in counted:
        true, other = probabilities[labels == each, each], probabilities[labels != each, each]
        if len(true) and len(other):
            difference = true[:, None] - other[None, :]
            areas.append(((difference > 0) + 0.5 * (difference == 0)).mean())
    if areas:
        assert found["roc_auc"] == pytest.approx(np.mean(areas))
    else:
        assert "roc_auc" not in found


def test_three_classes_are_averaged_class_by_class() -> None:
    probabilities = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.6, 0.3], [0.3, 0.2, 0.5]])
    found = evaluate(probabilities, np.array([0, 1, 2, 2]), ["bad", "fair", "good"])
    assert found.metrics["precision"] == pytest.approx((1 + 1 / 2 + 1) / 3)
    assert found.metrics["recall"] == pytest.approx((1 + 1 + 1 / 2) / 3)
    assert found.metrics["f1"] == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
    assert [curve.label for curve in found.roc] == ["bad", "fair", "good"]


def test_a_class_that_never_occurs_weighs_nothing() -> None:
    probabilities = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1]])
    found = evaluate(probabilities, np.array([0, 1]), ["bad", "fair", "good"])
    assert found.metrics["f1"] == 1
    assert found.metrics["roc_auc"] == 1
    assert found.per_class[2].support == 0
    assert found.per_class[2].f1 == 0


def test_rows_of_one_class_have_no_ranking_and_no_curves() -> None:
    found = evaluate(binary([0.9, 0.2]), np.array([1, 1]), NAMES)
    assert "roc_auc" not in found.metrics
    assert found.roc == found.precision_recall == ()
    assert found.metrics["recall"] == 0.5


def test_a_class_that_is_never_called_has_a_precision_of_zero() -> None:
    found = evaluate(binary([0.1, 0.2]), np.array([0, 1]), NAMES)
    assert found.metrics["precision"] == found.metrics["f1"] == 0


def test_a_hard_wrong_answer_costs_a_bounded_log_loss() -> None:
    found = evaluate(binary([1.0, 1.0]), np.array([0, 1]), NAMES)
    assert found.metrics["log_loss"] == pytest.approx(math.log(2**24) / 2, rel=1e-6)


def test_single_precision_measures_as_double_precision_does() -> None:
    rng = np.random.default_rng(1)
    probabilities = binary(rng.random(500).tolist())
    labels = rng.integers(0, 2, 500)
    single = evaluate(probabilities.astype(np.float32), labels, NAMES).metrics
    assert single == pytest.approx(dict(evaluate(probabilities, labels, NAMES).metrics), abs=1e-6)


@pytest.mark.parametrize(
    "row", [[math.nan, 0.5], [0.5, 0.2], [1.5, -0.5], [math.inf, 0.0], [0.0, 0.0]]
)
def test_what_are_no_probabilities_is_refused_with_its_row(row: list[float]) -> None:
    probabilities = np.array([[0.5, 0.5], row])
    with pytest.raises(PluginError, match=r"row 1 .*predict_proba"):
        evaluate(probabilities, np.array([0, 1]), NAMES)


def test_no_rows_are_refused() -> None:
    with pytest.raises(DataError, match="test split is empty"):
        evaluate(np.zeros((0, 2)), np.zeros(0, dtype=np.int64), NAMES)


@pytest.mark.parametrize(
    ("probabilities", "labels", "names"),
    [
        (np.full((2, 2), 0.5), [0], NAMES),
        (np.full((1, 2), 0.5), [0], ["a", "b", "c"]),
        (np.full((1, 2), 0.5), [2], NAMES),
        (np.full((1, 2), 0.5), [-1], NAMES),
        (np.ones((1, 1)), [0], ["alone"]),
    ],
)
def test_what_does_not_fit_together_is_refused(
    probabilities: NDArray[np.float64], labels: list[int], names: Any
) -> None:
    with pytest.raises(ValueError, match="labels"):
        evaluate(probabilities, np.array(labels), names)


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)  # what Python itself does to refuse it
    with pytest.raises(MissingExtraError, match=r'pip install "voxpop\[train\]"'):
        evaluate(binary([0.5]), np.array([0]), NAMES)


@pytest.mark.parametrize("metric", METRICS)
def test_better_is_higher_or_lower_as_the_metric_says(metric: str) -> None:
    lower_is_better = metric in {"log_loss", "brier", "ece"}
    assert is_better(metric, 0.4, 0.3) is not lower_is_better
    assert is_better(metric, 0.3, 0.4) is lower_is_better
    assert not is_better(metric, 0.3, 0.3)


def test_an_unknown_metric_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'acuracy'.*accuracy, precision.*ece"):
        is_better("acuracy", 1, 0)


def test_the_same_input_gives_the_same_record() -> None:
    rows = binary([0.9, 0.4, 0.7]), np.array([1, 1, 0]), NAMES
    assert evaluate(*rows) == evaluate(*rows)


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_is_explained_in_the_docs(metric: str) -> None:
    text = (DOCS / "metrics.md").read_text("utf-8")
    headings = re.findall(rf"^## .*\(`{metric}`\)$", text, flags=re.MULTILINE)
    assert len(headings) == 1
    section = text.split(headings[0])[1].split("\n## ")[0]
    assert "Do not trust it" in section
