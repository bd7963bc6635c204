"""Products from worst to best, small ones shrunk towards what is usual: empirical Bayes.

Each product's share p_i is taken to come from one Beta(a, b): x_i ~ BetaBinomial(n_i, a, b). What
is then known of one product is Beta(a + x_i, b + n_i - x_i), with the mean (a + x_i) / (a + b +
n_i): a product with two reviews stays near the average, one with a thousand speaks for itself
(Efron and Morris 1975; Casella, "An Introduction to Empirical Bayes Data Analysis", American
Statistician 39(2), 1985). What the products leave open of a and b is integrated over
(`share_prior.py`): intervals from the most likely a and b alone are far too narrow where there are
few products.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxpop.insights.libraries import library
from voxpop.insights.record import Count, Selection
from voxpop.insights.share_prior import (
    LARGEST_CONCENTRATION,
    SMALLEST_CONCENTRATION,
    SharePrior,
    share_prior,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.insights.record import Interval
    from voxpop.insights.table import CodedReviews

_DRAWS = 400


@dataclass(frozen=True, kw_only=True)
class RankedProduct:
    """A product's place in the list, and how sure it is."""

    product: str
    rank: int  # 1 is the worst
    rank_interval: tuple[int, int]  # 95 %
    shrunk_share: float  # of reviews called unfavourable, posterior mean: the list's order
    shrunk_interval: Interval  # 95 %
    count: Count  # as it was counted


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Products from worst to best by shrunk share; the most likely `a` and `b` say how strongly."""

    a: float
    b: float
    products: int  # in all, with one review or more
    worst: tuple[RankedProduct, ...]
    best: tuple[RankedProduct, ...]  # the best first; none of the worst is among them
    every: tuple[RankedProduct, ...]  # all of them, from the worst on


@dataclass(frozen=True, kw_only=True, eq=False)
class RankedShares:
    """All of a ranking as arrays of shape (products,), in the order given."""

    a: float
    b: float
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    rank: NDArray[np.int64]  # 1 is the highest share
    rank_low: NDArray[np.int64]
    rank_high: NDArray[np.int64]


def fit_beta(x: NDArray[np.int64], n: NDArray[np.int64]) -> tuple[float, float]:
    """Fit Beta(a, b) to x_i of n_i by marginal likelihood, all n_i above 0.

    The likelihood is climbed over logit(a / (a + b)) and log(a + b). Products that are more alike
    than chance would make them give the largest concentration, a + b = 1e6.
    """
    optimize, special = library("scipy.optimize"), library("scipy.special")
    pairs, weight = np.unique(np.stack((x, n)), axis=1, return_counts=True)
    few_x, few_n = pairs

    def loss(at: NDArray[np.float64]) -> float:
        share, total = float(special.expit(at[0])), float(np.exp(at[1]))
        a, b = share * total, (1 - share) * total
        likelihood = special.betaln(few_x + a, few_n - few_x + b) - special.betaln(a, b)
        return -float(weight @ likelihood)

    middle = (x.sum() + 0.5) / (n.sum() + 1)
    found = min(
        (
            optimize.minimize(
                loss,
                np.array([special.logit(middle), np.log(start)]),
                method="L-BFGS-B",
                bounds=[
                    (-12, 12),
                    (np.log(SMALLEST_CONCENTRATION), np.log(LARGEST_CONCENTRATION)),
                ],
            )
            for start in (5.0, 500.0)
        ),
        key=lambda result: float(result.fun),
    )
    share, total = float(special.expit(found.x[0])), float(np.exp(found.x[1]))
    return share * total, (1 - share) * total


def shrunk_shares(
    x: NDArray[np.int64], n: NDArray[np.int64]
) -> tuple[SharePrior, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give the prior that fits x of n, and the shrunk shares with both ends of their intervals.

    What is known of a share is a mixture over the prior's pairs; its ends are those of the Beta
    with the same mean and variance.
    """
    pairs, place, weight = np.unique(
        np.stack((x, n)), axis=1, return_inverse=True, return_counts=True
    )
    prior = share_prior(pairs[0], pairs[1], weight)
    mean, variance = prior.moments(pairs[0], pairs[1])
    size = mean * (1 - mean) / variance - 1
    quantile = library("scipy.special").betaincinv
    low, high = (quantile(mean * size, (1 - mean) * size, end) for end in (0.025, 0.975))
    place = place.reshape(-1)
    return prior, mean[place], low[place], high[place]


def rank_shares(
    x: NDArray[np.int64], n: NDArray[np.int64], *, seed: int = 0, draws: int = _DRAWS
) -> RankedShares:
    """Shrink and rank shares, highest first; rank intervals from draws of all posteriors at once.

    Args:
        x: unfavourable reviews a product, shape (products,).
        n: reviews a product, shape (products,), all above 0.
        seed: of the draws.
        draws: how many; 400 place the ends of a rank interval well.
    """
    a, b = fit_beta(x, n)
    prior, mean, low, high = shrunk_shares(x, n)
    order = np.lexsort((np.arange(len(x)), -n, -mean))  # equal means: the better known first
    rank = np.empty(len(x), dtype=np.int64)
    rank[order] = np.arange(1, len(x) + 1)
    rng = np.random.default_rng([seed, 3])
    ranks = np.empty((draws, len(x)), dtype=np.int32)
    places = np.arange(1, len(x) + 1, dtype=np.int32)
    drawn = rng.choice(len(prior.weight), draws, p=prior.weight)
    for draw, pair in zip(ranks, drawn.tolist(), strict=True):
        before = prior.mean[pair] * prior.concentration[pair]
        other = prior.concentration[pair] - before
        draw[np.argsort(-rng.beta(x + before, n - x + other))] = places
    rank_low, rank_high = np.quantile(ranks, (0.025, 0.975), axis=0, method="nearest")
    return RankedShares(
        a=a,
        b=b,
        mean=mean,
        low=low,
        high=high,
        rank=rank,
        rank_low=np.minimum(rank_low.astype(np.int64), rank),
        rank_high=np.maximum(rank_high.astype(np.int64), rank),
    )


def rank_products(reviews: CodedReviews, *, worst: int, seed: int = 0) -> Ranking | None:
    """Rank the products of reviews; None of fewer than two.

    Args:
        reviews: those that name no product are left out.
        worst: how many are the worst ones, and how many the best at most.
        seed: of the draws.
    """
    names = reviews.product_names
    if len(names) < 2:
        return None
    known = reviews.product >= 0
    n = np.bincount(reviews.product[known], minlength=len(names))
    x = np.bincount(reviews.product[known & reviews.unfavourable], minlength=len(names))
    ranked = rank_shares(x, n, seed=seed)
    every = tuple(
        RankedProduct(
            product=names[place],
            rank=int(ranked.rank[place]),
            rank_interval=(int(ranked.rank_low[place]), int(ranked.rank_high[place])),
            shrunk_share=float(ranked.mean[place]),
            shrunk_interval=(float(ranked.low[place]), float(ranked.high[place])),
            count=Count.make(
                int(x[place]),
                int(n[place]),
                Selection(product=names[place], unfavourable=True),
                Selection(product=names[place]),
            ),
        )
        for place in np.argsort(ranked.rank).tolist()
    )
    return Ranking(
        a=ranked.a,
        b=ranked.b,
        products=len(names),
        worst=every[:worst],
        best=every[worst:][: -worst - 1 : -1],
        every=every,
    )
