from __future__ import annotations

import numpy as np
import pytest

from voxpop.evaluation import prose
from voxpop.evaluation.metrics import evaluate
from voxpop.evaluation.record import Evaluation
from voxpop.evaluation.report import Comparison


@pytest.fixture(scope="module")
def four_rows() -> Evaluation:
    scores = np.array([0.9, 0.8, 0.3, 0.6])
    probabilities = np.stack([1 - scores, scores], axis=1)
    return evaluate(probabilities, np.array([1, 1, 1, 0]), ("negative", "positive"))


def test_the_headline_is_the_accuracy(four_rows: Evaluation) -> None:
    assert prose.headline(four_rows) == "50.0% of unseen reviews get the right label"


def test_the_summary_says_what_the_numbers_mean(four_rows: Evaluation) -> None:
    measured, guess, classes, confidence = prose.summary(four_rows)
    assert measured.startswith("Measured on 4 test reviews")
    assert "between 15.0% and 85.0%" in measured
    assert "the test split is small" in measured
    assert guess.startswith("Always answering “positive” would be right for 75.0%")
    assert "called “positive”, 66.7% are" in classes
    assert "that are “positive”, 66.7% are found" in classes
    # Gaps of 0.1 and 0.2 where it was right, 0.7 and 0.6 where it was not.
    assert confidence.startswith("Do not take its confidence at its word: it is off by 40.0 points")


def test_a_large_test_split_has_no_wide_span(evaluation: Evaluation) -> None:
    scores = np.full(10_000, 0.9)
    labels = (np.arange(10_000) % 10 > 0).astype(np.int64)
    found = evaluate(np.stack([1 - scores, scores], axis=1), labels, evaluation.class_names)
    measured, *_, confidence = prose.summary(found)
    assert "small" not in measured
    assert confidence == (
        "Its confidence can be taken at its word: it is off by 0.0 points on average."
    )


def test_a_confidence_that_is_a_little_off_is_a_fair_guide(evaluation: Evaluation) -> None:
    probabilities = np.tile([[0.07, 0.93]], (100, 1))
    labels = (np.arange(100) % 10 > 0).astype(np.int64)
    *_, confidence = prose.summary(evaluate(probabilities, labels, evaluation.class_names))
    assert confidence.startswith("Its confidence is a fair guide: it is off by 3.0 points")


def test_of_many_classes_the_best_and_the_worst_are_named(five_classes: Evaluation) -> None:
    ordered = sorted(five_classes.per_class, key=lambda each: each.f1)
    _, _, classes, _ = prose.summary(five_classes)
    assert f"“{ordered[-1].label}” (F1 {ordered[-1].f1:.3f})" in classes
    assert f"worst “{ordered[0].label}”" in classes


@pytest.mark.parametrize(
    ("temperature", "words"),
    [(1.6, "too sure of itself"), (0.7, "too modest"), (1.01, "next to no correction")],
)
def test_the_temperature_is_told_in_words(temperature: float, words: str) -> None:
    sentence = prose.calibration(temperature)
    assert words in sentence
    assert f"{temperature:.3f}" in sentence


def test_a_confidence_that_was_left_alone_is_called_so() -> None:
    assert "nothing was corrected" in prose.calibration(1.0)


def test_a_difference_says_whether_it_is_for_the_better(four_rows: Evaluation) -> None:
    found = four_rows.metrics
    other = Comparison(
        name="v-0",
        metrics={
            "accuracy": found["accuracy"] + 0.1,
            "log_loss": found["log_loss"] + 0.1,
            "f1": found["f1"] + 1e-7,
        },
    )
    assert prose.difference("accuracy", four_rows, other) == "-0.1000, worse"
    assert prose.difference("log_loss", four_rows, other) == "-0.1000, better"
    assert prose.difference("f1", four_rows, other) == "same"


def test_the_confusion_matrix_is_told_whole_for_few_classes(four_rows: Evaluation) -> None:
    assert prose.confusion(four_rows) == (
        "Confusion matrix: 0 of truly negative reviews were called negative; "
        "1 of truly negative reviews were called positive; "
        "1 of truly positive reviews were called negative; "
        "2 of truly positive reviews were called positive."
    )


def test_the_confusion_matrix_is_told_by_its_diagonal_for_many(five_classes: Evaluation) -> None:
    assert prose.confusion(five_classes).count("were called") == 5
