"""Spells of bad months, apart from changes that last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from voxpop.insights.change import Scan, scan_changes

SHARES = {
    "three bad months": ([0.15] * 5 + [0.45] * 3 + [0.15] * 4, (5, 8), True),
    "two good months": ([0.45] * 4 + [0.1] * 2 + [0.45] * 6, (4, 6), False),
    "a bad first month": ([0.5] + [0.15] * 11, (-1, -1), False),
    "bad until the end": ([0.15] * 9 + [0.45] * 3, (-1, -1), True),
}


def scan(shares: Sequence[float], seed: int | None = None, **options: bool) -> Scan:
    """Scan a product of 40 reviews a month beside nine that did not change."""
    n = np.full((10, len(shares)), 40)
    rates = np.full(n.shape, 0.2)
    rates[0] = shares
    rng = np.random.default_rng(5 if seed is None else seed)
    x = rng.binomial(n, rates)
    if seed is None:
        x[0] = np.round(40 * rates[0])
    return scan_changes(x, n, seed=1, **options)


@pytest.mark.parametrize("name", SHARES)
def test_a_spell_is_told_from_what_lasts(name: str) -> None:
    shares, months, worse = SHARES[name]
    found = scan(shares)
    assert found.q[0] <= 0.05
    assert tuple(found.spell[0]) == months
    assert bool(found.worse[0]) == worse


def test_a_spell_that_no_split_shows_is_found() -> None:
    shares, months, _ = SHARES["three bad months"]
    found = [scan(shares, seed) for seed in range(100)]
    alerts = [one for one in found if one.q[0] <= 0.05]
    assert len(alerts) >= 75
    assert sum(tuple(one.spell[0]) == months for one in alerts) >= 0.75 * len(alerts)
    by_splits_alone = [scan(shares, seed, spells=False) for seed in range(100)]
    assert sum(one.q[0] <= 0.05 for one in by_splits_alone) < 30
    assert all((one.spell == -1).all() for one in by_splits_alone)


def test_chance_rarely_ends_a_change_that_lasts() -> None:
    found = [scan([0.15] * 8 + [0.45] * 4, seed) for seed in range(100)]
    assert sum(one.spell[0, 0] > 0 for one in found) <= 5


def test_chance_alone_makes_no_more_spells_than_the_level_allows() -> None:
    rng = np.random.default_rng(9)
    silent = 0
    for seed in range(200):
        n = rng.poisson(30, (12, 12))
        silent += not (scan_changes(rng.binomial(n, 0.2), n, seed=seed).q <= 0.05).any()
    assert silent >= 0.92 * 200


def test_few_reviews_show_no_spell() -> None:
    x, n = np.array([[0, 0, 9, 9, 0, 0]]), np.array([[16, 16, 16, 16, 16, 16]])
    assert (scan_changes(x, n).spell == -1).all()
    assert tuple(scan_changes(2 * x, 2 * n).spell[0]) == (2, 4)


@pytest.mark.parametrize("months", [1, 2, 3])
def test_months_without_reviews_and_few_months_do_no_harm(months: int) -> None:
    nothing = np.zeros((2, months), dtype=np.int64)
    assert (scan_changes(nothing, nothing).spell == -1).all()
    x, n = np.array([[1, 80, 0]])[:, :months], np.full((1, months), 90)
    assert tuple(scan_changes(x, n).spell[0]) == ((1, 2) if months == 3 else (-1, -1))
