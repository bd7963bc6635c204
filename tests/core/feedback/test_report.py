"""The report's figures."""

from typing import Any

import pytest

from voxpop import FeedbackRecord, report_feedback
from voxpop.feedback.report import Share


def record(label: str, predicted: str | None, **fields: Any) -> FeedbackRecord:
    return FeedbackRecord(text="x", label=label, predicted=predicted, **fields)


def test_accuracy_overall_by_version_and_by_label() -> None:
    records = [
        record("positive", "positive", version="v-1"),
        record("positive", "negative", version="v-1"),
        record("negative", "negative", version="v-2"),
        record("negative", "positive", version="v-2", request_id="a"),
        record("negative", "negative", version="v-2", request_id="a"),
        record("negative", None),
    ]
    report = report_feedback(records)
    assert (report.overall.right, report.overall.judged) == (3, 4)
    assert {name: (s.right, s.judged) for name, s in report.by_version.items()} == {
        "v-1": (1, 2),
        "v-2": (2, 2),
    }
    assert {name: (s.right, s.judged) for name, s in report.by_label.items()} == {
        "negative": (2, 2),
        "positive": (1, 2),
    }
    assert (report.records, report.superseded, report.without_prediction) == (6, 1, 1)
    assert "mistakes sooner" in report.bias


@pytest.mark.parametrize(("right", "judged"), [(81, 263), (0, 10), (10, 10), (1, 1)])
def test_the_interval_solves_wilsons_equation(right: int, judged: int) -> None:
    share = Share.of(right, judged)
    assert share.low is not None
    assert share.high is not None
    assert 0 <= share.low < share.high <= 1
    # Wilson: the bounds are the p at which (right / judged - p)^2 = z^2 * p * (1 - p) / judged.
    for bound in (share.low, share.high):
        distance = (right / judged - bound) ** 2
        assert distance == pytest.approx(1.959963984540054**2 * bound * (1 - bound) / judged)


def test_nothing_judged_has_no_accuracy() -> None:
    report = report_feedback([])
    assert (report.overall.accuracy, report.overall.low, report.first) == (None, None, None)
