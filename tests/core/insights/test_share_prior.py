from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, special

from voxpop.insights.ranking import rank_shares, shrunk_shares
from voxpop.insights.share_prior import share_prior


@pytest.mark.parametrize(("products", "reviews"), [(2, 180), (3, 300), (8, 180), (100, 50)])
@pytest.mark.parametrize("apart", [0.0, 0.02, 0.05])
def test_the_interval_of_a_share_holds_it(products: int, reviews: int, apart: float) -> None:
    """However few products there are, and however alike."""
    rng = np.random.default_rng(4)
    n = np.full(products, reviews)
    held = []
    for _ in range(40):
        share = np.full(products, 0.2)
        if apart:
            size = 0.2 * 0.8 / apart**2 - 1
            share = rng.beta(0.2 * size, 0.8 * size, products)
        _, _, low, high = shrunk_shares(rng.binomial(n, share), n)
        held.append(((low <= share) & (share <= high)).mean())
    assert np.mean(held) >= 0.9


def test_moments_are_those_of_the_whole_posterior() -> None:
    """Against an integral over both unknowns that knows nothing of the grid."""
    x, n = np.array([3, 30, 8]), np.array([20, 90, 40])
    prior = share_prior(x, n, np.ones(3, dtype=np.int64))
    means, variances = prior.moments(x, n)

    def weighed(spread: float, mean: float, power: int) -> float:
        total = 1 / spread**2 - 1  # of the prior that is uniform in sqrt(1 / (1 + K))
        a, b = mean * total, (1 - mean) * total
        likelihood = np.exp((special.betaln(x + a, n - x + b) - special.betaln(a, b)).sum() + 90)
        share = (a + x[0]) / (total + n[0])
        return float(likelihood * (1, share, share * (a + x[0] + 1) / (total + n[0] + 1))[power])

    whole, first, second = (
        integrate.dblquad(weighed, 0.02, 0.98, 0.002, 0.97, args=(power,), epsrel=1e-3)[0]
        for power in range(3)
    )
    assert means[0] == pytest.approx(first / whole, abs=0.003)
    assert variances[0] == pytest.approx(second / whole - (first / whole) ** 2, rel=0.05)


def test_one_large_product_is_not_the_average() -> None:
    """The grid follows the mean of products where they differ, and that of reviews where not."""
    x, n = np.array([5_000, *[1] * 100]), np.array([10_000, *[10] * 100])
    ranked = rank_shares(x, n)
    assert ranked.mean[0] == pytest.approx(0.5, abs=0.01)
    assert ranked.mean[1] == pytest.approx(0.1, abs=0.02)
