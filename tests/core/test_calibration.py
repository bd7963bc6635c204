from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn
from numpy.typing import NDArray

from voxpop.calibration import calibrate, fit_temperature

LARGEST = 20.0


@st.composite
def probabilities(draw: st.DrawFn, dtype: Any = None) -> NDArray[Any]:
    """Rows that sum to 1, with exact zeros, ones and ties among them."""
    dtype = dtype or draw(st.sampled_from([np.float32, np.float64]))
    shape = (draw(st.integers(1, 20)), draw(st.integers(2, 5)))
    weights = draw(stn.arrays(np.float64, shape, elements=st.sampled_from(WEIGHTS)))
    weights[weights.sum(axis=1) == 0] = 1.0
    return np.asarray(weights / weights.sum(axis=1, keepdims=True)).astype(dtype)


WEIGHTS = [0.0, 1e-30, 1e-9, 0.1, 0.49999997, 0.5, 0.50000003, 1.0, 3.0, 1e9]
temperatures = st.one_of(st.floats(1 / LARGEST, LARGEST), st.floats(1e-6, 1e9), st.just(1.0))


def log_loss(rows: NDArray[Any], labels: NDArray[np.int64]) -> float:
    true = rows[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(true, 2.0**-24)).mean())


def overconfident(
    sharpness: float, n: int = 20_000
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Labels drawn from true probabilities, and those as a model that is too sharp gives them."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, (n, 3))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (rng.random((n, 1)) > true.cumsum(axis=1)).sum(axis=1).clip(max=2)
    sharp = true**sharpness
    return sharp / sharp.sum(axis=1, keepdims=True), labels.astype(np.int64)


def test_a_temperature_of_two_takes_the_square_root_and_rescales() -> None:
    assert calibrate(np.array([[0.2, 0.8]]), 2.0) == pytest.approx(np.array([[1 / 3, 2 / 3]]))


def test_a_temperature_of_a_half_squares_and_rescales() -> None:
    given_rows = np.array([[0.25, 0.25, 0.5]])
    assert calibrate(given_rows, 0.5) == pytest.approx(np.array([[1 / 6, 1 / 6, 2 / 3]]))


@given(probabilities())
def test_a_temperature_of_one_gives_a_bit_for_bit_copy(rows: NDArray[Any]) -> None:
    calibrated = calibrate(rows, 1.0)
    assert calibrated.tobytes() == rows.tobytes()
    assert calibrated.dtype == rows.dtype
    assert not np.shares_memory(calibrated, rows)


@given(probabilities(), temperatures)
def test_rows_stay_probabilities(rows: NDArray[Any], temperature: float) -> None:
    calibrated = calibrate(rows, temperature)
    assert calibrated.shape == rows.shape
    assert calibrated.dtype == rows.dtype
    assert (calibrated >= 0).all()
    assert calibrated.sum(axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-6)


@given(probabilities(), temperatures)
def test_the_answer_never_changes(rows: NDArray[Any], temperature: float) -> None:
    assert (calibrate(rows, temperature).argmax(axis=1) == rows.argmax(axis=1)).all()


@given(probabilities(), temperatures)
def test_order_is_kept_and_ties_stay_ties(rows: NDArray[Any], temperature: float) -> None:
    calibrated = calibrate(rows, temperature)
    for before, after in zip(rows, calibrated, strict=True):
        for i in range(len(before)):
            for j in range(len(before)):
                if before[i] == before[j]:
                    assert after[i] == after[j]
                elif before[i] < before[j]:
                    assert after[i] <= after[j]


def test_a_lead_of_the_last_bit_survives_rounding() -> None:
    half = np.float32(0.5)
    row = np.array([[np.nextafter(half, np.float32(0)), half]])
    assert calibrate(row, LARGEST).argmax(axis=1) == 1


def test_the_answer_never_depends_on_the_other_rows() -> None:
    rows, _ = overconfident(2.0, 257)
    together = calibrate(rows, 1.7)
    alone = np.concatenate([calibrate(row[None], 1.7) for row in rows])
    assert together.tobytes() == alone.tobytes()


def test_a_saturated_probability_is_softened() -> None:
    soft = calibrate(np.array([[0.0, 1.0]], dtype=np.float32), 2.0)
    assert soft[0, 0] == pytest.approx(2.0**-12, rel=1e-3)


def test_no_rows_are_no_trouble() -> None:
    assert calibrate(np.zeros((0, 2), np.float32), 2.0).shape == (0, 2)


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
def test_a_temperature_that_is_none_is_refused(temperature: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        calibrate(np.array([[0.2, 0.8]]), temperature)


@pytest.mark.parametrize("sharpness", [0.4, 1.0, 2.5])
def test_the_fit_finds_how_much_too_sharp_a_model_is(sharpness: float) -> None:
    rows, labels = overconfident(sharpness)
    assert fit_temperature(rows, labels) == pytest.approx(sharpness, rel=0.05)


def test_the_fit_finds_the_minimum_that_scipy_finds() -> None:
    from scipy.optimize import minimize_scalar

    rows, labels = overconfident(1.8, 500)
    found = minimize_scalar(
        lambda t: log_loss(calibrate(rows, t), labels), bounds=(0.05, 20), method="bounded"
    )
    assert fit_temperature(rows, labels) == pytest.approx(found.x, rel=1e-3)


@given(probabilities(), st.randoms(use_true_random=False))
def test_the_fit_is_bounded_and_never_worse_than_none(rows: NDArray[Any], random: Any) -> None:
    labels = np.array([random.randrange(rows.shape[1]) for _ in rows], dtype=np.int64)
    temperature = fit_temperature(rows, labels)
    assert 1 / LARGEST - 1e-6 <= temperature <= LARGEST + 1e-6
    assert log_loss(calibrate(rows, temperature), labels) <= log_loss(rows, labels) + 1e-5


def test_the_fit_is_the_same_every_time() -> None:
    rows, labels = overconfident(1.8, 500)
    assert fit_temperature(rows, labels) == fit_temperature(rows, labels)


def test_a_model_that_is_sure_and_mostly_wrong_is_held_at_the_bound() -> None:
    rows = np.tile([[0.01, 0.99]], (10, 1))
    labels = np.array([0] * 9 + [1])
    assert fit_temperature(rows, labels) == pytest.approx(LARGEST, rel=1e-3)


@pytest.mark.parametrize(
    ("rows", "labels"),
    [
        pytest.param(np.array([[0.9, 0.1], [0.6, 0.4]]), [0, 0], id="one class"),
        pytest.param(np.array([[0.6, 0.4], [0.4, 0.6]]), [0, 1], id="no mistake"),
        pytest.param(np.zeros((0, 2)), [], id="no rows"),
    ],
)
def test_rows_that_cannot_tell_leave_confidence_as_it_is(
    rows: NDArray[np.float64], labels: list[int]
) -> None:
    assert fit_temperature(rows, np.array(labels, dtype=np.int64)) == 1.0


def test_serving_needs_numpy_alone() -> None:
    code = (
        "import sys, numpy as np; from voxpop.calibration import calibrate;"
        "calibrate(np.array([[0.2, 0.8]]), 2.0);"
        "print([m for m in ('scipy', 'sklearn', 'matplotlib', 'pandas') if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "[]"
