"""Spells of bad months, apart from changes that last."""

from __future__ import annotations

import numpy as np
import pytest

from voxpop.insights.spell import find_spell

SHARES = {
    "three bad months": ([0.15] * 5 + [0.45] * 3 + [0.15] * 4, (5, 8, True)),
    "two good months": ([0.45] * 4 + [0.1] * 2 + [0.45] * 6, (4, 6, False)),
    "a bad first month": ([0.5] + [0.15] * 11, None),
    "bad until the end": ([0.15] * 9 + [0.45] * 3, None),
    "all alike": ([0.2] * 12, None),
}


@pytest.mark.parametrize("name", SHARES)
def test_a_spell_is_told_from_what_lasts(name: str) -> None:
    shares, expected = SHARES[name]
    n = np.full(12, 40)
    found = find_spell(np.round(n * np.array(shares)).astype(np.int64), n)
    assert (found and (found.first, found.end, found.worse)) == expected


def test_chance_rarely_ends_a_change_that_lasts() -> None:
    rng = np.random.default_rng(3)
    n = np.full(12, 40)
    shares = np.array([0.15] * 8 + [0.45] * 4)
    ended = sum(find_spell(rng.binomial(n, shares), n) is not None for _ in range(300))
    assert ended <= 0.05 * 300


def test_chance_rarely_hides_the_end_of_a_spell() -> None:
    rng = np.random.default_rng(4)
    n = np.full(12, 40)
    shares = np.array([0.15] * 5 + [0.45] * 3 + [0.15] * 4)
    found = [find_spell(rng.binomial(n, shares), n) for _ in range(300)]
    right = [spell for spell in found if spell and (spell.first, spell.end) == (5, 8)]
    assert len(right) >= 0.75 * 300


def test_months_without_reviews_and_single_months_do_no_harm() -> None:
    assert find_spell(np.array([0, 0, 0]), np.array([0, 0, 0])) is None
    assert find_spell(np.array([3]), np.array([9])) is None
    found = find_spell(np.array([1, 0, 30, 0, 1]), np.array([40, 0, 40, 0, 40]))
    assert found is not None
    assert found.worse
