"""What the shares of products are drawn from, with all that a few products leave open of it.

Beta(m K, (1 - m) K) with the mean m and the concentration K, on a grid, each pair with its
posterior weight. Two or eight products tell little of K: taking its most likely value for known
makes intervals of shares hold the truth in as few as 0.2 of files (Morris, "Parametric Empirical
Bayes Inference", JASA 78, 1983, on why; Gelman et al., "Bayesian Data Analysis", 5.3, on the grid).

The prior is weak: m is uniform, and so is sqrt(1 / (1 + K)), the standard deviation of shares as a
part of the largest possible one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxpop.insights.libraries import library

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST_CONCENTRATION, LARGEST_CONCENTRATION = 0.05, 1e6  # beyond, all products are alike
_CONCENTRATIONS, _MEANS = 25, 17
_REACH = 4.0  # standard errors of the mean on either side
_NEGLIGIBLE = 10.0  # of a log weight below the largest


@dataclass(frozen=True, kw_only=True, eq=False)
class SharePrior:
    """Pairs of a mean and a concentration, arrays of shape (pairs,); the weights sum to 1."""

    mean: NDArray[np.float64]
    concentration: NDArray[np.float64]
    weight: NDArray[np.float64]

    def moments(
        self, x: NDArray[np.int64], n: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the posterior mean and variance of the share of x of n, of the shape of x."""
        first, second = np.zeros(len(x)), np.zeros(len(x))
        pairs = zip(self.mean, self.concentration, self.weight, strict=True)
        for mean, concentration, weight in pairs:
            total = concentration + n
            share = (mean * concentration + x) / total
            first += weight * share
            second += weight * share * (share * total + 1) / (total + 1)
        return first, np.maximum(second - first**2, 1e-18)


def share_prior(
    x: NDArray[np.int64], n: NDArray[np.int64], weight: NDArray[np.int64]
) -> SharePrior:
    """Weigh all pairs by how well they explain x of n, each seen `weight` times, all n above 0."""
    ends = np.log([SMALLEST_CONCENTRATION, LARGEST_CONCENTRATION])
    coarse = _weighed(x, n, weight, np.linspace(ends[0], ends[1], _CONCENTRATIONS), 9)
    likely = np.log(coarse.concentration[coarse.weight > np.exp(-_NEGLIGIBLE)])
    step = (ends[1] - ends[0]) / (_CONCENTRATIONS - 1)
    low, high = max(ends[0], likely.min() - step), min(ends[1], likely.max() + step)
    return _weighed(x, n, weight, np.linspace(low, high, _CONCENTRATIONS), _MEANS)


def _weighed(
    x: NDArray[np.int64],
    n: NDArray[np.int64],
    weight: NDArray[np.int64],
    log_concentrations: NDArray[np.float64],
    means: int,
) -> SharePrior:
    special = library("scipy.special")
    reach = np.linspace(-_REACH, _REACH, means)
    found = []
    for total in np.exp(log_concentrations).tolist():
        known = weight * n * (total + 1) / (total + n)  # reviews that a product is worth here
        middle = ((known * x / n).sum() + 0.5) / (known.sum() + 1)
        error = 1 / np.sqrt(middle * (1 - middle) * (known.sum() + 1))
        mean = special.expit(special.logit(middle) + reach * error)
        a, b = (mean * total)[:, None], ((1 - mean) * total)[:, None]
        likelihood = (special.betaln(x + a, n - x + b) - special.betaln(a, b)) @ weight
        # The grid is even in logit m and log K, the prior in m and sqrt(1 / (1 + K)).
        density = np.log(mean * (1 - mean) * error) + np.log(total) - 1.5 * np.log1p(total)
        found.append(np.stack((mean, np.full(means, total), likelihood + density)))
    mean_, total_, log_weight = np.concatenate(found, axis=1)
    kept = log_weight > log_weight.max() - _NEGLIGIBLE
    weights = np.exp(log_weight[kept] - log_weight.max())
    return SharePrior(mean=mean_[kept], concentration=total_[kept], weight=weights / weights.sum())
