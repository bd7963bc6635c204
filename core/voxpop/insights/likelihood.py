"""The likelihood of counts, looked up: scans need it for millions of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def n_log_n(largest: int) -> NDArray[np.float64]:
    """Give k log k for k = 0 to `largest`, of shape (largest + 1,)."""
    counts = np.arange(largest + 1, dtype=np.float64)
    counts[:1] = 1.0
    return np.asarray(counts * np.log(counts))


def log_likelihood(
    x: NDArray[np.int64], n: NDArray[np.int64], logs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give x log(x / n) + (n - x) log(1 - x / n), that of x of n at its best share.

    Args:
        x: counts, of any shape.
        n: of so many, of the same shape.
        logs: what `n_log_n` gives, up to the largest n.
    """
    return np.asarray(logs[x] + logs[n - x] - logs[n])
