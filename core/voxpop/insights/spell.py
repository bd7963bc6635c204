"""Whether a change is over again: a spell of months against a change that lasts.

A product that was bad from July to September and is as before since then changed twice. Where the
months within a spell and all others, each with one share, explain the reviews far better than
before and after one split do, the spell is told with its end. The change itself was found, and
its p-value given, by the scan for one split (`change.py`); this only says what it looked like. It
is the epidemic alternative of Levin and Kline, "The CUSUM test of homogeneity with an application
in spontaneous abortion epidemiology", Statistics in Medicine 4, 1985.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A spell has one month more to choose than a split: its likelihood must be e^4 = 55 times as large.
_BETTER = 4.0


@dataclass(frozen=True, kw_only=True)
class Spell:
    """Months apart from those before and after.

    Attributes:
        first: the first of its months, counted from 0.
        end: the first month after it.
        worse: its share of unfavourable reviews is the higher one.
    """

    first: int
    end: int
    worse: bool


def find_spell(x: NDArray[np.int64], n: NDArray[np.int64]) -> Spell | None:
    """Find the spell that explains a product's months far better than any single change.

    Args:
        x: unfavourable reviews, shape (months,).
        n: reviews, shape (months,).

    Returns:
        None where a change that lasts, or none at all, explains them about as well.
    """
    months = len(n)
    x_sums: list[int] = [0, *x.cumsum().tolist()]
    n_sums: list[int] = [0, *n.cumsum().tolist()]
    best: tuple[float, Spell | None] = (-math.inf, None)
    lasting = 0.0
    for first in range(months):
        for end in range(first + 1, months + 1):
            inside_x, inside_n = x_sums[end] - x_sums[first], n_sums[end] - n_sums[first]
            outside_x, outside_n = x_sums[-1] - inside_x, n_sums[-1] - inside_n
            if not inside_n or not outside_n:
                continue
            gain = _likelihood(inside_x, inside_n) + _likelihood(outside_x, outside_n)
            gain -= _likelihood(x_sums[-1], n_sums[-1])
            if first == 0 or end == months:
                lasting = max(lasting, gain)
            elif gain > best[0]:
                worse = inside_x / inside_n > outside_x / outside_n
                best = gain, Spell(first=first, end=end, worse=worse)
    return best[1] if best[0] > lasting + _BETTER else None


def _likelihood(x: int, n: int) -> float:
    """The logarithm of the likelihood of x of n, at its best share."""
    return sum(k * math.log(k / n) for k in (x, n - x) if k)
