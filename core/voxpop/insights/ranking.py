"""Products from worst to best, small ones shrunk towards what is usual: empirical Bayes.

Each product's share p_i is taken to come from one Beta(a, b), fitted to all products by marginal
likelihood: x_i ~ BetaBinomial(n_i, a, b). What is then known of one product is Beta(a + x_i, b +
n_i - x_i), with the mean (a + x_i) / (a + b + n_i): a product with two reviews stays near the
average, one with a thousand speaks for itself (Efron and Morris 1975; Casella, "An Introduction to
Empirical Bayes Data Analysis", American Statistician 39(2), 1985).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxpop.insights.libraries import library
from voxpop.insights.record import Count, Selection

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.insights.record import Interval
    from voxpop.insights.table import CodedReviews

_DRAWS = 400
_LARGEST_CONCENTRATION = 1e6  # of a + b: beyond, all products are alike


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
    """Products from worst to best by shrunk share; `a` and `b` say how they were shrunk."""

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
                bounds=[(-12, 12), (np.log(0.05), np.log(_LARGEST_CONCENTRATION))],
            )
            for start in (5.0, 500.0)
        ),
        key=lambda result: float(result.fun),
    )
    share, total = float(special.expit(found.x[0])), float(np.exp(found.x[1]))
    return share * total, (1 - share) * total


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
    after_a, after_b = x + a, n - x + b
    mean = after_a / (after_a + after_b)
    order = np.lexsort((np.arange(len(x)), -n, -mean))  # equal means: the better known first
    rank = np.empty(len(x), dtype=np.int64)
    rank[order] = np.arange(1, len(x) + 1)
    rng = np.random.default_rng([seed, 3])
    ranks = np.empty((draws, len(x)), dtype=np.int32)
    places = np.arange(1, len(x) + 1, dtype=np.int32)
    for draw in ranks:
        draw[np.argsort(-rng.beta(after_a, after_b))] = places
    rank_low, rank_high = np.quantile(ranks, (0.025, 0.975), axis=0, method="nearest")
    quantile = library("scipy.special").betaincinv
    return RankedShares(
        a=a,
        b=b,
        mean=mean,
        low=quantile(after_a, after_b, 0.025),
        high=quantile(after_a, after_b, 0.975),
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
