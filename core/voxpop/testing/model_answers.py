"""What a model's answers must look like, and when two of them are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voxpop.testing.conformance import require

if TYPE_CHECKING:
    from numpy.typing import NDArray


def require_probabilities(answer: NDArray[np.float32], rows: int, classes: int) -> None:
    """Fail unless these are probabilities, float32 of shape (rows, classes)."""
    __tracebackhide__ = True
    require(
        isinstance(answer, np.ndarray),
        f"`predict_proba` gives a {type(answer).__name__}: give a NumPy array.",
    )
    require(
        answer.shape == (rows, classes),
        f"`predict_proba` gives shape {answer.shape} for {rows} rows and {classes} labels: give "
        f"({rows}, {classes}), one row a text and one column a label, also when there are two.",
    )
    require(
        answer.dtype == np.float32,
        f"`predict_proba` gives {answer.dtype}: give float32 (`.astype(numpy.float32)`).",
    )
    require(np.isfinite(answer).all(), "A probability is NaN or infinite.")
    require(
        ((answer >= 0) & (answer <= 1)).all(),
        "A probability is outside 0 .. 1: give probabilities, not scores or logits.",
    )
    sums = answer.sum(axis=1, dtype=np.float64)
    off = np.abs(sums - 1)
    require(
        (off <= 1e-5).all(),
        f"A row sums to {sums[off > 1e-5][:1]}: each must sum to 1 within 1e-5 (softmax, or "
        "1 - p and p).",
    )


def require_same(
    expected: NDArray[np.float32], answer: NDArray[np.float32], tolerance: float, message: str
) -> None:
    """Fail when the two differ by more than the tolerance (absolute, in probability)."""
    __tracebackhide__ = True
    require(
        expected.shape == answer.shape,
        f"{message} (Shapes: {expected.shape} and {answer.shape}.)",
    )
    off = np.abs(expected.astype(np.float64) - answer)
    worst = float(off.max()) if off.size else 0.0
    require(
        worst <= tolerance,
        f"{message} (Probabilities differ by up to {worst:.2g}, allowed is {tolerance:g}; rows "
        f"{np.flatnonzero((off > tolerance).any(axis=1))[:5].tolist()} of {len(expected)}.)",
    )
