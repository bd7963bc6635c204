from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from voxpop.insights import CodedReviews, ReviewTable
from voxpop.insights.ranking import fit_beta, rank_products, rank_shares


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


def of_products(count: int) -> CodedReviews:
    """A review of 20 more of each product is unfavourable than of the one before."""
    product = np.repeat(np.arange(count), 20 * count)
    bad = np.tile(np.arange(20 * count), count) < 20 * product
    table = ReviewTable(
        texts=["words"] * len(product),
        probabilities=np.stack((bad, ~bad), axis=1).astype(np.float64),
        labels=("negative", "positive"),
        products=[f"p{one:02d}" for one in product],
    )
    return CodedReviews.of(table, ("negative",))


def test_every_product_is_there_and_the_best_are_none_of_the_worst() -> None:
    ranking = rank_products(of_products(14), worst=10)
    assert ranking is not None
    names = [f"p{one:02d}" for one in range(14)]
    assert [each.product for each in ranking.every] == names[::-1]
    assert [each.rank for each in ranking.every] == list(range(1, 15))
    assert [each.product for each in ranking.worst] == names[:3:-1]
    assert [each.product for each in ranking.best] == names[:4]
    assert ranking.every[0].count.n == 20 * 13


def test_few_products_have_no_best_ones_apart() -> None:
    ranking = rank_products(of_products(4), worst=10)
    assert ranking is not None
    assert ranking.best == ()
    assert ranking.worst == ranking.every
    assert rank_products(of_products(1), worst=10) is None


def test_of_many_products_the_worst_and_the_best_are_as_many() -> None:
    ranking = rank_products(of_products(12), worst=3)
    assert ranking is not None
    assert [each.product for each in ranking.best] == ["p00", "p01", "p02"]
    assert len(ranking.every) == ranking.products == 12
