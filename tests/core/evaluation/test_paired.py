from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from statsmodels.stats.contingency_tables import mcnemar

from voxpop.evaluation.paired import compare_accuracy


def pair(
    both: int, first_only: int, second_only: int, neither: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    counts = [both, first_only, second_only, neither]
    first = np.repeat([True, True, False, False], counts)
    return first, np.repeat([True, False, True, False], counts)


@pytest.mark.parametrize(
    "counts", [(50, 5, 3, 2), (0, 7, 0, 0), (900, 60, 30, 10), (5, 0, 0, 5), (1, 1, 1, 0)]
)
def test_the_test_is_the_one_of_statsmodels(counts: tuple[int, int, int, int]) -> None:
    both, first_only, second_only, neither = counts
    found = compare_accuracy(*pair(*counts))
    expected = mcnemar([[both, first_only], [second_only, neither]], exact=True)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert (found.first_only, found.second_only) == (first_only, second_only)
    assert found.difference == pytest.approx((first_only - second_only) / sum(counts))


def test_the_interval_is_that_of_the_book() -> None:
    # 1600 people asked twice of a prime minister: 0.04 with a standard error of 0.0095 (Agresti,
    # "Categorical Data Analysis", 2nd edition, section 10.1); two rows more change little.
    found = compare_accuracy(*pair(794, 150, 86, 570))
    half = 1.96 * 0.0095
    assert found.interval == pytest.approx((0.04 - half, 0.04 + half), abs=3e-4)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    shares = np.array([0.80, 0.08, 0.05, 0.07])
    truth = shares[1] - shares[2]
    held = 0
    for counts in rng.multinomial(400, shares, 2_000):
        low, high = compare_accuracy(*pair(*counts)).interval
        held += low <= truth <= high
    assert 0.935 <= held / 2_000 <= 0.97


@pytest.mark.parametrize("counts", [(0, 1, 0, 0), (0, 0, 40, 0), (7, 0, 0, 0), (0, 0, 0, 1)])
def test_the_interval_stays_within_what_is_possible(counts: tuple[int, int, int, int]) -> None:
    found = compare_accuracy(*pair(*counts))
    low, high = found.interval
    assert -1 <= low <= found.difference <= high <= 1
    swapped = compare_accuracy(*reversed(pair(*counts)))
    assert swapped.interval == pytest.approx((-high, -low))


def test_other_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="give the same rows twice"):
        compare_accuracy(np.array([True]), np.array([True, False]))
    with pytest.raises(ValueError, match="give the same rows twice"):
        compare_accuracy(np.zeros(0, np.bool_), np.zeros(0, np.bool_))
