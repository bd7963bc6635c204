from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from voxpop.insights.change import scan_changes


def test_the_p_value_of_two_months_is_fishers() -> None:
    x, n = np.array([[6, 14]]), np.array([[40, 40]])
    exact = stats.fisher_exact([[6, 34], [14, 26]]).pvalue
    assert scan_changes(x, n, wobble=False).p[0] == pytest.approx(exact, rel=0.35)


def test_a_step_is_dated() -> None:
    n = np.full((1, 12), 100)
    x = np.array([[10] * 8 + [40] * 4])
    found = scan_changes(x, n)
    assert found.q[0] < 0.01
    assert (found.split[0], bool(found.worse[0])) == (8, True)
    assert found.split_low[0] <= 8 <= found.split_high[0]
    assert not scan_changes(x[:, ::-1], n).worse[0]


def test_too_few_reviews_are_not_tested() -> None:
    x, n = np.array([[0, 5], [2, 40], [0, 0]]), np.array([[5, 5], [100, 100], [0, 0]])
    found = scan_changes(x, n)
    assert found.tested.tolist() == [False, True, False]
    assert found.p[0] == found.q[0] == 1


def test_one_month_shows_no_change() -> None:
    found = scan_changes(np.array([[30]]), np.array([[100]]))
    assert not found.tested.any()
    assert np.isnan(found.visible[0])


def test_the_same_seed_gives_the_same_figures() -> None:
    rng = np.random.default_rng(2)
    n = rng.poisson(30, (20, 12))
    x = rng.binomial(n, 0.2)
    one, two = (scan_changes(x, n, seed=5) for _ in range(2))
    np.testing.assert_array_equal(one.p, two.p)


def test_a_product_with_many_reviews_needs_a_larger_p() -> None:
    n = np.array([[100] * 12, *[[10] * 12] * 9])
    x = n // 5
    x[0, 9:], x[1, 9:] = 32, 6
    found = scan_changes(x, n, wobble=False)
    assert found.q[0] < 10 * found.p[0]  # what Benjamini and Hochberg give without weights
    assert found.q[1] > 5 * found.p[1]
    assert (found.q >= found.p).all()
    assert found.visible[0] < found.visible[1]
