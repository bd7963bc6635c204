from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from voxpop.insights.bursts import _far_log_tail, _log_tail, scan_days


def test_two_bursts_are_two() -> None:
    daily = np.full(200, 2)
    daily[50:53] = 30
    daily[150] = 40
    found = scan_days(daily)
    assert {(window.first, window.last) for window in found} == {(50, 52), (150, 150)}
    assert all(window.expected < 10 < window.found for window in found)


def test_wobbling_days_are_no_burst() -> None:
    rng = np.random.default_rng(1)
    assert not scan_days(rng.negative_binomial(1, 1 / 4, 365))


def test_few_reviews_are_no_burst() -> None:
    daily = np.zeros(300, dtype=np.int64)
    daily[10] = 7
    assert scan_days(daily) == ()
    assert scan_days(np.zeros(0, dtype=np.int64)) == ()
    assert scan_days(np.array([50, 0, 0])) == ()


@pytest.mark.parametrize("a_day", [20, 200, 2_000, 20_000])
@pytest.mark.parametrize("days", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("usual", ["poisson", "wobbling"])
def test_a_campaign_is_one_burst_however_large(a_day: int, days: int, usual: str) -> None:
    rng = np.random.default_rng(7)
    daily = rng.poisson(0.5, 700) if usual == "poisson" else rng.negative_binomial(1, 0.6, 700)
    first = 400
    daily[first : first + days] += rng.poisson(a_day, days)
    (window,) = scan_days(daily)
    assert (window.first, window.last) == (first, first + days - 1)
    assert window.found == daily[first : first + days].sum()


def test_a_log_tail_is_that_of_the_law() -> None:
    counts, mean = np.array([0.0, 8, 40, 400, 5_000]), np.array([1.0, 2, 3, 4, 5])
    poisson = _log_tail(special, counts, mean, 0.0)
    near = [0, 1, 2]  # farther out scipy gives minus infinity
    law = stats.poisson(mean)
    assert poisson[near] == pytest.approx(law.logsf(counts - 1)[near], rel=1e-6)
    wobbling = _log_tail(special, counts, mean, 0.5)
    law = stats.nbinom(2, 2 / (2 + mean))
    assert wobbling[near] == pytest.approx(law.logsf(counts - 1)[near], rel=1e-6)
    assert np.isfinite(poisson).all()
    assert np.isfinite(wobbling).all()
    assert (np.diff(wobbling) < 0).all()


@pytest.mark.parametrize("size", [0.5, 2.0, float("inf")])
def test_far_and_near_tails_meet(size: float) -> None:
    """Where both ways work they give the same, or counts on either side could change places."""
    counts, mean = np.arange(60.0, 120.0), np.full(60, 1.5)
    near = _log_tail(special, counts, mean, 1 / size)
    far = _far_log_tail(special, counts, mean, size)
    assert far == pytest.approx(near, abs=0.03)
