"""What the numbers of a report mean, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from voxpop.evaluation.record import Evaluation
from voxpop.evaluation.wording import count, percent, printable

if TYPE_CHECKING:
    from voxpop.evaluation.report import Comparison

NAME = 60  # characters of a label in running text


def headline(evaluation: Evaluation) -> str:
    """Say how good it is, in one line."""
    return f"{percent(evaluation.metrics['accuracy'])} of unseen reviews get the right label"


def summary(evaluation: Evaluation) -> Iterator[str]:
    """Give the sentences that a person who knows no statistics needs."""
    low, high = evaluation.accuracy_interval
    yield (
        f"Measured on {count(evaluation.rows)} test reviews that training never saw. "
        f"The true accuracy on reviews like these lies between {percent(low)} and "
        f"{percent(high)} (95% interval)"
        + (", a wide span because the test split is small." if high - low > 0.05 else ".")
    )
    largest = max(evaluation.per_class, key=lambda each: each.support)
    share = largest.support / evaluation.rows
    yield (
        f"Always answering “{printable(largest.label, NAME)}” would be right for "
        f"{percent(share)} of them: that is what to beat."
    )
    yield _classes(evaluation)
    yield _confidence(evaluation.metrics["ece"])


def _classes(evaluation: Evaluation) -> str:
    if len(evaluation.class_names) == 2:
        positive = evaluation.per_class[-1]
        name = printable(positive.label, NAME)
        return (
            f"Of the reviews called “{name}”, {percent(positive.precision)} are (precision). "
            f"Of the reviews that are “{name}”, {percent(positive.recall)} are found (recall)."
        )
    present = [each for each in evaluation.per_class if each.support]
    best, worst = max(present, key=lambda each: each.f1), min(present, key=lambda each: each.f1)
    return (
        f"Best told apart is “{printable(best.label, NAME)}” (F1 {best.f1:.3f}), worst "
        f"“{printable(worst.label, NAME)}” (F1 {worst.f1:.3f})."
    )


def _confidence(ece: float) -> str:
    points = f"{100 * ece:.1f} points"
    if ece <= 0.02:
        return f"Its confidence can be taken at its word: it is off by {points} on average."
    if ece <= 0.05:
        return f"Its confidence is a fair guide: it is off by {points} on average."
    return f"Do not take its confidence at its word: it is off by {points} on average."


def calibration(temperature: float) -> str:
    """Say what the temperature tells of the model."""
    if temperature == 1:
        return "The confidence is the model's own: nothing was corrected (temperature 1)."
    if temperature > 1.02:
        return (
            f"The raw model was too sure of itself; a temperature of {temperature:.3f}, fitted on "
            "the validation split, takes its confidence down. No label changes by it."
        )
    if temperature < 0.98:
        return (
            f"The raw model was too modest; a temperature of {temperature:.3f}, fitted on the "
            "validation split, lifts its confidence. No label changes by it."
        )
    return (
        f"The raw model's confidence needed next to no correction (temperature {temperature:.3f})."
    )


def difference(metric: str, evaluation: Evaluation, comparison: Comparison) -> str:
    """Say by how much a metric differs from the other version's, and whether for the better."""
    from voxpop.evaluation.metrics import is_better

    new, old = evaluation.metrics[metric], comparison.metrics[metric]
    if round(new, 4) == round(old, 4):
        return "same"
    return f"{new - old:+.4f}, {'better' if is_better(metric, new, old) else 'worse'}"


def confusion(evaluation: Evaluation) -> str:
    """Tell a confusion matrix to those who cannot see it; for many classes its diagonal only."""
    names = [printable(name, NAME) for name in evaluation.class_names]
    few = len(names) <= 4
    sentences = [
        f"{count(cell)} of truly {names[row]} reviews were called {names[column]}"
        for row, cells in enumerate(evaluation.confusion)
        for column, cell in enumerate(cells)
        if few or row == column
    ]
    return f"Confusion matrix: {'; '.join(sentences)}."
