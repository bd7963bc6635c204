from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from voxpop.insights.mix import split_change


@settings(max_examples=20)
@given(arrays(np.int64, (4, 5), elements=st.integers(0, 30)))
def test_the_parts_add_up_to_the_change(
    drawn: np.ndarray[tuple[int, int], np.dtype[np.int64]],
) -> None:
    x0, x1 = drawn[0], drawn[1]
    n0, n1 = x0 + drawn[2] + 1, x1 + drawn[3] + 1
    parts = split_change(x0, n0, x1, n1)
    assert parts.mix + parts.rate == pytest.approx(x1.sum() / n1.sum() - x0.sum() / n0.sum())
    assert parts.change_interval[0] <= parts.change_interval[1]


def test_a_new_product_is_mix() -> None:
    x0, n0 = np.array([10, 0]), np.array([100, 0])
    x1, n1 = np.array([10, 50]), np.array([100, 100])
    parts = split_change(x0, n0, x1, n1)
    assert parts.rate == pytest.approx(0)
    assert parts.mix == pytest.approx(0.2)


@pytest.mark.parametrize(("late", "share"), [(30, 0.02), (30, 0.05), (30, 0.2), (200, 0.05)])
def test_without_a_change_the_interval_holds_none(late: int, share: float) -> None:
    """A period without one unfavourable review is not one that can have none."""
    rng = np.random.default_rng(6)
    n0, n1 = np.array([1_500, 1_500]), np.array([late - late // 2, late // 2])
    held = 0
    for _ in range(100):
        parts = split_change(rng.binomial(n0, share), n0, rng.binomial(n1, share), n1)
        held += parts.change_interval[0] <= 0 <= parts.change_interval[1]
    assert held >= 90


def test_many_products_of_few_reviews_do_not_move_the_interval() -> None:
    """What is added to the draws is one review a period, however many products there are."""
    rng = np.random.default_rng(7)
    n = np.full(400, 2)
    x0, x1 = rng.binomial(n, 0.1), rng.binomial(n, 0.1)
    parts = split_change(x0, n, x1, n)
    middle = sum(parts.change_interval) / 2
    assert middle == pytest.approx(parts.change, abs=0.003)
