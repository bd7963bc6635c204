"""Spells: months that differ from all others, those before and those after.

A product that was bad from July to September and is as before since then changed twice, which no
single split of its months shows well. So the scan (`change.py`) looks at spells too. It is the
epidemic alternative of Levin and Kline, "The CUSUM test of homogeneity with an application in
spontaneous abortion epidemiology", Statistics in Medicine 4, 1985.

There are many times more spells than splits, so that chance makes a large one more easily. A spell
must therefore explain the months e^4 = 55 times as well as the best split: of 400 made files with
a product that was bad for three months and is well again it is then found in 0.65, instead of 0.15
by splits alone, and a change that lasts in 0.91 with spells and without (`benchmarks.insights`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from voxpop.insights.likelihood import log_likelihood

if TYPE_CHECKING:
    from numpy.typing import NDArray

COST = 4.0
"""So much more must a spell explain than a split, as a logarithm of likelihoods."""


def largest_spell_gain(
    x: NDArray[np.int64], n: NDArray[np.int64], logs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the likelihood that the best spell gains over no change, less its cost; shape (...).

    Args:
        x: unfavourable reviews, of shape (..., months).
        n: reviews, of the same shape.
        logs: what `n_log_n` gives.
    """
    largest = np.full(n.shape[:-1], -np.inf)
    for _, gains in _gains_by_length(x, n, logs):
        np.maximum(largest, gains.max(axis=-1), out=largest)
    return largest - COST


def best_spells(
    x: NDArray[np.int64], n: NDArray[np.int64], logs: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Give the spell that gains most: its first month and the first after it, shape (products, 2).

    Args:
        x: unfavourable reviews, of shape (products, months).
        n: reviews, of the same shape.
        logs: what `n_log_n` gives.
    """
    largest = np.full(len(n), -np.inf)
    best = np.full((len(n), 2), -1, dtype=np.int64)
    for length, gains in _gains_by_length(x, n, logs):
        at = gains.argmax(axis=1)
        gain = gains[np.arange(len(n)), at]
        better = gain > largest
        largest[better] = gain[better]
        best[better, 0] = at[better] + 1
        best[better, 1] = at[better] + 1 + length
    return best


def _gains_by_length(
    x: NDArray[np.int64], n: NDArray[np.int64], logs: NDArray[np.float64]
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Give each length with the gains of its spells, which begin after the first month.

    They end before the last one: a spell at either end is a split. The gains have the shape
    (..., months - length - 1).
    """
    x_sums, n_sums = x.cumsum(axis=-1), n.cumsum(axis=-1)
    x_all, n_all = x_sums[..., -1:], n_sums[..., -1:]
    without = log_likelihood(x_all, n_all, logs)
    months = n.shape[-1]
    for length in range(1, months - 1):
        inside_x = x_sums[..., length:-1] - x_sums[..., : months - 1 - length]
        inside_n = n_sums[..., length:-1] - n_sums[..., : months - 1 - length]
        gains = log_likelihood(inside_x, inside_n, logs)
        gains += log_likelihood(x_all - inside_x, n_all - inside_n, logs)
        gains -= without
        yield length, gains
