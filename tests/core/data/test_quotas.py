import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxpop.data.quotas import largest_remainders


@settings(deadline=None)
@given(
    total=st.integers(0, 10**7),
    weights=st.lists(st.floats(0.001, 1_000), min_size=1, max_size=6),
)
def test_every_share_is_exact_within_one(total: int, weights: list[float]) -> None:
    shares = largest_remainders(total, weights)
    assert shares.sum() == total
    exact = np.array(weights) * total / sum(weights)
    assert (np.abs(shares - exact) < 1 + 1e-6).all()


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (10, [0.7, 0.1, 0.2], [7, 1, 2]),
        (30, [0.9, 0.1], [27, 3]),  # 0.1 * 30 is below 3 in floating point
        (10, [1, 1, 1], [4, 3, 3]),
        (0, [1, 2], [0, 0]),
    ],
)
def test_shares_of_known_totals(total: int, weights: list[float], shares: list[int]) -> None:
    assert largest_remainders(total, weights).tolist() == shares
