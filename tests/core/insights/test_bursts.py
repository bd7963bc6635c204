from __future__ import annotations

import numpy as np

from voxpop.insights.bursts import scan_days


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
