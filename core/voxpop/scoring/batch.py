"""The unit of work: one batch of texts in, their scores out, whoever hands the batches round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.classifier import Classifier

PREFIX = "voxpop_"
"""What the names of all columns that scoring adds begin with."""


def score_batch(classifier: Classifier, texts: Sequence[str | None]) -> NDArray[np.float64]:
    """Give the probabilities of every label, float64 of shape (n, k); NaN where there is no text.

    Depends on nothing but its arguments, and a text's scores not on the other texts.
    """
    scores = np.full((len(texts), len(classifier.labels)), np.nan)
    places = [place for place, text in enumerate(texts) if text is not None]
    if places:
        scores[places] = classifier.probabilities([text for text in texts if text is not None])
    return scores


def score_columns(labels: Sequence[str]) -> tuple[str, ...]:
    """Name the columns that scoring adds, in their order."""
    probabilities = (f"{PREFIX}probability_{label}" for label in labels)
    names = ("label", "confidence", *probabilities, "version", "problem")
    return tuple(name if name.startswith(PREFIX) else PREFIX + name for name in names)


def score_values(
    scores: NDArray[np.float64],
    labels: Sequence[str],
    version: str,
    problems: Sequence[str | None],
) -> list[list[object]]:
    """Give the values of those columns, one list a column; None where a row has no score."""
    scored = ~np.isnan(scores[:, 0]) if len(scores) else np.zeros(0, bool)
    best = np.where(scored[:, np.newaxis], scores, 0.0).argmax(axis=1)
    rows = scored.tolist()
    named = [labels[place] if there else None for place, there in zip(best, rows, strict=True)]
    sure = np.take_along_axis(scores, best[:, np.newaxis], axis=1)[:, 0]
    return [
        list(named),
        _or_none(sure.tolist(), rows),
        *(_or_none(column, rows) for column in scores.T.tolist()),
        [version if there else None for there in rows],
        list(problems),
    ]


def _or_none(values: list[float], there: list[bool]) -> list[object]:
    return [value if one else None for value, one in zip(values, there, strict=True)]
