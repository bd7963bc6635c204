from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from voxpop.insights.wobble import estimate_wobble

Counts = NDArray[np.int64]


def months(
    products: int, wobble: float, *, monthly: int = 30, seed: int = 3
) -> tuple[Counts, Counts]:
    rng = np.random.default_rng(seed)
    share = np.full((products, 12), 0.2)
    if wobble:
        size = 1 / wobble - 1
        share = rng.beta(0.2 * size, 0.8 * size, (products, 12))
    n = rng.poisson(monthly, (products, 12))
    return rng.binomial(n, share), n


def middle(products: int) -> NDArray[np.bool_]:
    """The change that the months are taken apart at: with the seventh."""
    return np.tile(np.arange(12) >= 6, (products, 1))


@pytest.mark.parametrize("wobble", [0.0, 0.05])
def test_many_products_tell_the_wobble(wobble: float) -> None:
    limit = estimate_wobble(*months(300, wobble), middle(300))
    assert np.median(limit) == pytest.approx(wobble, abs=0.008)


def test_a_change_does_not_hide_itself_as_wobble() -> None:
    rng = np.random.default_rng(4)
    n = np.full((30, 12), 50)
    x = rng.binomial(n, 0.2)
    x[0] = [5] * 6 + [35] * 6
    limit = estimate_wobble(x, n, middle(30))
    assert np.max(limit) < 0.01  # nor as that of the others


def test_the_limit_lies_above_the_wobble_in_nine_of_ten_files() -> None:
    files = [
        np.median(estimate_wobble(*months(20, 0.03, seed=seed), middle(20))) for seed in range(200)
    ]
    above = float(np.mean([limit > 0.03 for limit in files]))
    assert above == pytest.approx(0.9, abs=0.07)


def test_few_products_leave_it_open() -> None:
    one, three, many = (
        np.median(estimate_wobble(*months(products, 0.0), middle(products)))
        for products in (1, 3, 300)
    )
    assert one > three > many
    nothing = np.zeros((1, 12), dtype=np.int64)
    alone = estimate_wobble(nothing, nothing, middle(1))
    assert alone[0] == pytest.approx(0.03 * 1.645, abs=0.001)  # the limit of the prior itself


def test_products_that_say_nothing_change_nothing() -> None:
    x, n = months(20, 0.03)
    nothing = np.zeros((1, 12), dtype=np.int64)
    with_empty = estimate_wobble(np.vstack((x, nothing)), np.vstack((n, nothing)), middle(21))
    assert with_empty[:20] == pytest.approx(estimate_wobble(x, n, middle(20)))


def test_a_campaign_at_one_product_is_no_wobble_of_the_others() -> None:
    x, n = months(20, 0.0)
    x[0, 4], n[0, 4] = x[0, 4] + 60, n[0, 4] + 60
    limit = estimate_wobble(x, n, middle(20))
    assert limit[0] > 0.02
    assert np.max(limit[1:]) < 0.015
