"""Whole numbers of rows for shares of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def largest_remainders(total: int, weights: Sequence[float]) -> NDArray[np.int64]:
    """Share `total` rows out by weights, which need not sum to 1; each gets its share within 1.

    The largest-remainder (Hamilton) method: everybody gets the whole part of the exact share, and
    what is left over goes, one each, to the largest remainders (the earlier one on a tie).

    Returns:
        int64 of shape (number of weights,), summing to `total`.
    """
    exact = np.asarray(weights, dtype=np.float64) * (total / sum(weights))
    # A share such as 0.1 * 30 may come out a hair below its whole number.
    shares: NDArray[np.int64] = np.floor(exact + 1e-9).astype(np.int64)
    remainders = exact - shares
    left = total - int(shares.sum())
    shares[np.argsort(-remainders, kind="stable")[:left]] += 1
    return shares
