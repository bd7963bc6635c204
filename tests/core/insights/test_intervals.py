from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from voxpop.insights.intervals import adjusted_p, jeffreys_interval, wilson_interval


@pytest.mark.parametrize(("n", "of"), [(1, 10), (50, 100), (99, 100), (3, 5_000)])
def test_the_intervals_are_those_of_statsmodels(n: int, of: int) -> None:
    wilson = proportion_confint(n, of, method="wilson")
    assert wilson_interval(n, of) == pytest.approx(wilson)
    assert jeffreys_interval(n, of) == pytest.approx(proportion_confint(n, of, method="jeffreys"))


def test_jeffreys_interval_reaches_both_ends() -> None:
    assert jeffreys_interval(0, 20)[0] == 0
    assert jeffreys_interval(20, 20)[1] == 1
    assert jeffreys_interval(5, 20, level=0.5)[0] > jeffreys_interval(5, 20)[0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_adjusted_p_are_those_of_statsmodels(p: list[float]) -> None:
    expected = multipletests(p, method="fdr_bh")[1]
    np.testing.assert_allclose(adjusted_p(np.array(p)), expected, rtol=1e-12, atol=1e-300)


def test_no_test_needs_no_adjustment() -> None:
    assert adjusted_p(np.zeros(0)).shape == (0,)
