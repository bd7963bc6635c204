"""Temperature scaling: one number that makes confidences honest, and never changes an answer.

Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017
(arXiv 1706.04599), section 4.2. It is fitted on the validation split, stored in the manifest and
applied when serving, so numpy is all it needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float = TypeVar("Float", np.float32, np.float64)

LARGEST_TEMPERATURE = 20.0
"""Fitted temperatures lie between 1/20 and 20: beyond, the data speaks and not the model."""

SMALLEST_PROBABILITY = 2.0**-24
"""Float32's largest number below 1 is 1 - 2**-24: a probability below 2**-24 is as good as 0."""


def calibrate(probabilities: NDArray[Float], temperature: float) -> NDArray[Float]:
    """Soften (temperature > 1) or sharpen (< 1) probabilities: `p ** (1 / temperature)`, rescaled.

    Computed in float64 from logarithms; a probability below `SMALLEST_PROBABILITY` counts as that
    much, so that a saturated 0 or 1 is softened too. The most probable class of a row stays the
    most probable one, equal probabilities stay equal, and a temperature of 1 gives a bit for bit
    copy.

    Args:
        probabilities: shape (n, k), each row sums to 1
        temperature: finite, above 0

    Returns:
        Probabilities of the same shape and type.

    Raises:
        ValueError: the temperature is not a finite number above 0.
    """
    if not (math.isfinite(temperature) and temperature > 0):
        raise ValueError(f"a temperature must be finite and above 0, not {temperature!r}")
    if temperature == 1 or probabilities.size == 0:
        return probabilities.copy()
    scaled = _logarithms(probabilities) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    powers = np.exp(scaled)
    calibrated = (powers / powers.sum(axis=1, keepdims=True)).astype(probabilities.dtype)
    # Rounding may have made equal what was not: the winner gets its lead back, of one last bit.
    lost = calibrated.argmax(axis=1) != probabilities.argmax(axis=1)
    if lost.any():
        winners = probabilities == probabilities.max(axis=1, keepdims=True)
        beyond = np.nextafter(calibrated.max(axis=1, keepdims=True), probabilities.dtype.type(2))
        calibrated = np.where(winners & lost[:, None], beyond, calibrated)
    return calibrated


def fit_temperature(probabilities: NDArray[Float], labels: NDArray[np.int64]) -> float:
    """Find the temperature with the lowest mean log loss on these rows.

    The log loss is convex in 1 / temperature, so a golden-section search over the temperature's
    logarithm finds its only minimum. Rows that cannot tell how far to trust the model give 1: none
    at all, labels of one class only, or not a single mistake (any sharper would seem better).

    Args:
        probabilities: uncalibrated, shape (n, k), each row sums to 1
        labels: shape (n,), positions of the true classes

    Returns:
        A temperature in [1/20, 20], never worse on these rows than 1.
    """
    if len(np.unique(labels)) < 2 or np.array_equal(probabilities.argmax(axis=1), labels):
        return 1.0
    logarithms = _logarithms(probabilities)
    true = logarithms[np.arange(len(labels)), labels]

    def log_loss(log_temperature: float) -> float:
        sharpness = math.exp(-log_temperature)
        highest = logarithms.max(axis=1) * sharpness
        powers = np.exp(logarithms * sharpness - highest[:, None])
        return float(np.mean(np.log(powers.sum(axis=1)) + highest - true * sharpness))

    bound = math.log(LARGEST_TEMPERATURE)
    best = _golden_section(log_loss, -bound, bound)
    return math.exp(best) if log_loss(best) < log_loss(0.0) else 1.0


def _logarithms(probabilities: NDArray[Float]) -> NDArray[np.float64]:
    return np.log(np.maximum(probabilities.astype(np.float64), SMALLEST_PROBABILITY))


def _golden_section(function: Callable[[float], float], low: float, high: float) -> float:
    """Find where a function with one minimum has it, to 1e-4 (Kiefer 1953)."""
    ratio = (math.sqrt(5) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = function(left), function(right)
    while high - low > 1e-4:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = function(right)
    return (low + high) / 2
