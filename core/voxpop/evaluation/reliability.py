"""Does a confidence of 90 % mean right nine times in ten?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from voxpop.evaluation.record import ReliabilityBin

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 15
_Z_95 = 1.959963984540054  # the 0.975 quantile of the normal distribution


def reliability_bins(
    confidences: NDArray[np.float64], correct: NDArray[np.bool_]
) -> tuple[ReliabilityBin, ...]:
    """Sort rows into 15 bins of equal width by the confidence of the label shown.

    Args:
        confidences: shape (n,), within [0, 1]
        correct: shape (n,), whether that label is the true one
    """
    number = np.clip(np.ceil(confidences * BINS).astype(np.int64) - 1, 0, BINS - 1)
    counts = np.bincount(number, minlength=BINS)
    confidence_sums = np.bincount(number, weights=confidences, minlength=BINS)
    correct_sums = np.bincount(number, weights=correct.astype(np.float64), minlength=BINS)
    return tuple(
        ReliabilityBin(
            lower=index / BINS,
            upper=(index + 1) / BINS,
            rows=int(count),
            confidence=float(confidence_sums[index] / count) if count else None,
            accuracy=float(correct_sums[index] / count) if count else None,
        )
        for index, count in enumerate(counts)
    )


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Give the mean gap between confidence and accuracy, each bin weighing as its rows do.

    `sum(rows_b / n * abs(accuracy_b - confidence_b))`: Naeini, Cooper and Hauskrecht, AAAI 2015;
    with 15 bins in Guo et al., ICML 2017 (arXiv 1706.04599), equation 3.
    """
    gaps = [
        each.rows * abs(each.accuracy - each.confidence)
        for each in bins
        if each.accuracy is not None and each.confidence is not None
    ]
    return math.fsum(gaps) / max(1, sum(each.rows for each in bins))


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Give the 95 % interval of a share: Wilson's score interval (JASA 1927), `trials` above 0."""
    share, z2 = successes / trials, _Z_95**2
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    spread = math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    half = _Z_95 * spread / (1 + z2 / trials)
    # At 0 and at 1 the bound is the share itself, which rounding must not cross.
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))
