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
