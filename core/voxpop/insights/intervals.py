"""Intervals of a share of reviews, and many tests at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voxpop.evaluation.reliability import wilson_interval
from voxpop.insights.libraries import library

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.insights.record import Interval

__all__ = ["adjusted_p", "jeffreys_interval", "wilson_interval"]


def jeffreys_interval(n: int, of: int, level: float = 0.95) -> Interval:
    """Give Jeffreys' interval of n / of: quantiles of Beta(n + 1/2, of - n + 1/2).

    At n = 0 the lower end is 0 and at n = of the upper end is 1 (Brown, Cai and DasGupta,
    "Interval Estimation for a Binomial Proportion", Statistical Science 16(2), 2001). The reviews
    count as independent of each other: several by one author, or copies, make it too narrow.

    Args:
        n: reviews counted, 0 to `of`.
        of: reviews in all, above 0.
        level: how often such intervals hold the true share.
    """
    quantile = library("scipy.special").betaincinv
    tail = (1 - level) / 2
    low = 0.0 if n == 0 else float(quantile(n + 0.5, of - n + 0.5, tail))
    high = 1.0 if n == of else float(quantile(n + 0.5, of - n + 0.5, 1 - tail))
    return low, high


def adjusted_p(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values for their number: what is kept at q <= 0.05 is false in 1 of 20 at most.

    Benjamini and Hochberg, "Controlling the False Discovery Rate", JRSS B 57, 1995: the i-th
    smallest of m becomes the least of p_(j) m / j over j >= i. It holds on average over files, for
    independent tests and for tests that tend to move together.

    Args:
        p: shape (m,)

    Returns:
        Adjusted values in the same order, shape (m,), at most 1.
    """
    count = len(p)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * count / np.arange(1, count + 1)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum.accumulate(scaled[::-1])[::-1].clip(max=1.0)
    return adjusted
