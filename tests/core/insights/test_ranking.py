from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from voxpop.insights.ranking import fit_beta, rank_shares


def test_the_fit_is_the_most_likely_one() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 80, 2_000)
    x = rng.binomial(n, rng.beta(3, 17, 2_000))
    a, b = fit_beta(x, n)
    assert a == pytest.approx(3, rel=0.2)
    assert b == pytest.approx(17, rel=0.2)

    def likelihood(one: float, two: float) -> float:
        return float(stats.betabinom.logpmf(x, n, one, two).sum())

    assert likelihood(a, b) > max(likelihood(a * f, b * g) for f, g in [(1.1, 1), (1, 1.1)])


def test_equal_products_are_shrunk_to_one_share() -> None:
    n = np.full(50, 20)
    ranked = rank_shares(np.full(50, 4), n)
    assert ranked.mean == pytest.approx(np.full(50, 0.2), abs=1e-3)


def test_two_reviews_do_not_make_the_worst_product() -> None:
    x, n = np.array([2, 60, *[20] * 40]), np.array([2, 100, *[100] * 40])
    ranked = rank_shares(x, n)
    assert ranked.rank[1] == 1
    assert ranked.rank_high[1] < ranked.rank_high[0]
    assert (ranked.rank_low <= ranked.rank).all()
    assert (ranked.rank <= ranked.rank_high).all()
    assert (ranked.low < ranked.mean).all()
    assert (ranked.mean < ranked.high).all()
