from __future__ import annotations

import numpy as np
import pytest
from quapy.functional import solve_adjustment_binary

from voxpop.insights.quantification import CheckSet, corrected_share, share_from_labels


def check(caught: int = 225, unfavourable: int = 250, alarms: int = 12) -> CheckSet:
    return CheckSet(
        name="the test split",
        unfavourable=unfavourable,
        caught=caught,
        favourable=250,
        false_alarms=alarms,
    )


def test_the_share_is_adjusted_as_quapy_adjusts_it() -> None:
    expected = solve_adjustment_binary(0.2, tpr=225 / 250, fpr=12 / 250, clip=True)
    found = corrected_share(1_000, 5_000, check())
    assert found.share == pytest.approx(expected)
    assert found.check_set == "the test split"
    assert found.labels == 500


def test_it_stays_a_share() -> None:
    low, high = corrected_share(200, 5_000, check()), corrected_share(4_600, 5_000, check())
    assert (low.share, high.share) == (0, 1)
    assert low.interval is not None
    assert low.interval[0] == 0
    assert high.interval is not None
    assert high.interval[1] == 1


@pytest.mark.parametrize(("n", "why"), [(0, "fewer than the 4.8%"), (5_000, "more than the 90.0%")])
def test_what_no_share_explains_is_refused(n: int, why: str) -> None:
    found = corrected_share(n, 5_000, check())
    assert (found.share, found.interval) == (None, None)
    assert why in (found.refused or "")
    assert "label 100 reviews of this file" in (found.refused or "")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "no check set"),
        (CheckSet(name="x", unfavourable=50, caught=45, favourable=49, false_alarms=1), "needed"),
        (CheckSet(name="x", unfavourable=0, caught=0, favourable=200, false_alarms=1), "needed"),
        (check(caught=60, alarms=20), "too near"),
    ],
)
def test_it_refuses_and_says_why(given: CheckSet | None, why: str) -> None:
    found = corrected_share(1_000, 5_000, given)
    assert found.share is None
    assert found.interval is None
    assert found.refused is not None
    assert why in found.refused


def test_a_confusion_matrix_makes_a_check_set() -> None:
    confusion = ((30, 5, 1), (4, 40, 6), (2, 3, 50))
    made = CheckSet.from_confusion(confusion, ("bad", "poor", "good"), ("bad", "poor"), "test")
    assert (made.unfavourable, made.caught) == (86, 79)
    assert (made.favourable, made.false_alarms) == (55, 5)


def test_labels_of_the_file_agree_with_plain_prediction_powered_inference() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(5_000) < 0.2
    called = np.where(truth, rng.random(5_000) < 0.8, rng.random(5_000) < 0.1)
    some = rng.choice(5_000, 400, replace=False)
    found = share_from_labels(int(called.sum()), 5_000, called[some], truth[some])
    plain = called.mean() + (truth[some].astype(float) - called[some]).mean()
    assert found.share == pytest.approx(plain, abs=0.015)
    assert found.interval is not None
    assert found.interval[0] < truth.mean() < found.interval[1]


def test_few_labels_of_the_file_are_refused() -> None:
    few = np.zeros(99, dtype=bool)
    found = share_from_labels(10, 5_000, few, few)
    assert found.refused is not None
    assert "99 labels" in found.refused
