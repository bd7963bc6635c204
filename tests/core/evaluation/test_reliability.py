from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop.evaluation.reliability import (
    expected_calibration_error,
    reliability_bins,
    wilson_interval,
)

answers = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def test_rows_fall_into_the_bin_of_their_confidence() -> None:
    bins = reliability_bins(np.array([0.90, 0.92, 0.55]), np.array([True, False, True]))
    assert [each.rows for each in bins] == [0] * 8 + [1] + [0] * 4 + [2, 0]
    assert bins[13].confidence == pytest.approx(0.91)
    assert bins[13].accuracy == 0.5
    assert (bins[13].lower, bins[13].upper) == pytest.approx((13 / 15, 14 / 15))
    assert (bins[0].confidence, bins[0].accuracy) == (None, None)


def test_the_ends_belong_to_the_first_and_the_last_bin() -> None:
    bins = reliability_bins(np.array([0.0, 1.0]), np.array([False, True]))
    assert (bins[0].rows, bins[-1].rows) == (1, 1)


def test_an_upper_edge_belongs_to_its_bin() -> None:
    bins = reliability_bins(np.array([0.2]), np.array([True]))
    assert bins[2].rows == 1  # (2/15, 3/15]


def test_the_calibration_error_by_hand() -> None:
    # Bin 14 of 15: confidence 0.91, accuracy 0.5, two rows of three; bin 9: 0.55 and 1, one row.
    bins = reliability_bins(np.array([0.90, 0.92, 0.55]), np.array([True, False, True]))
    assert expected_calibration_error(bins) == pytest.approx((2 * 0.41 + 1 * 0.45) / 3)


@given(answers)
def test_the_calibration_error_equals_its_definition(rows: list[tuple[float, bool]]) -> None:
    expected = 0.0
    for index in range(15):
        inside = [
            (confidence, correct)
            for confidence, correct in rows
            if max(0, min(14, int(np.ceil(confidence * 15)) - 1)) == index
        ]
        expected += abs(sum(correct - confidence for confidence, correct in inside)) / len(rows)
    confidences = np.array([confidence for confidence, _ in rows])
    correct = np.array([correct for _, correct in rows])
    found = expected_calibration_error(reliability_bins(confidences, correct))
    assert found == pytest.approx(expected, abs=1e-12)
    assert 0 <= found <= 1


def test_the_interval_equals_a_published_one() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263 and 0 of 20.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_equals_the_one_of_scipy(counts: tuple[int, int]) -> None:
    from scipy.stats import binomtest

    successes, trials = counts
    expected = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    low, high = wilson_interval(successes, trials)
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert 0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1
