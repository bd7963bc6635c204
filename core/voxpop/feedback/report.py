"""The accuracy that feedback shows, with the interval that so few opinions allow."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from voxpop.evaluation.reliability import wilson_interval
from voxpop.feedback.record import FeedbackRecord
from voxpop.feedback.verdicts import latest_verdicts

BIAS = (
    "People report mistakes sooner than successes, and some more than others: this is the accuracy "
    "among the predictions that somebody judged, and not that of all predictions."
)


@dataclass(frozen=True, kw_only=True)
class Share:
    """Right predictions of all that were judged, with a 95 % interval.

    The interval is Wilson's ("Probable inference, the law of succession, and statistical
    inference", Journal of the American Statistical Association 22, 1927): with p = right / n

        (p + z^2 / 2n -+ z * sqrt(p * (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n),  z = 1.96

    It is sound for few opinions and for shares near 0 and 1.
    """

    right: int
    judged: int
    accuracy: float | None  # None when nothing was judged, as the next two
    low: float | None
    high: float | None

    @classmethod
    def of(cls, right: int, judged: int) -> Share:
        """Compute the accuracy and its interval."""
        if not judged:
            return cls(right=right, judged=judged, accuracy=None, low=None, high=None)
        low, high = wilson_interval(right, judged)
        return cls(right=right, judged=judged, accuracy=right / judged, low=low, high=high)


@dataclass(frozen=True, kw_only=True)
class FeedbackReport:
    """What a log says of the predictions that people judged.

    Attributes:
        overall: of all judged predictions.
        by_version: by the version that answered.
        by_label: by the right label: how many of those reviews were given it.
        records: how many records were read.
        superseded: records that a later one on the same request took the place of.
        conflicts: requests whose records did not agree.
        without_prediction: verdicts on a text alone: good for training, they judge no version.
        first: when the first verdict was given; None when there is none.
        last: when the last one was.
        bias: what to keep in mind when reading all this.
    """

    overall: Share
    by_version: dict[str, Share]
    by_label: dict[str, Share]
    records: int
    superseded: int
    conflicts: int
    without_prediction: int
    first: datetime.datetime | None
    last: datetime.datetime | None
    bias: str = BIAS


def report_feedback(records: Iterable[FeedbackRecord]) -> FeedbackReport:
    """Report on records, in any order."""
    verdicts = latest_verdicts(records)
    judged = [record for record in verdicts.records if record.predicted is not None]
    by_version: dict[str, list[bool]] = {}
    by_label: dict[str, list[bool]] = {}
    for record in judged:
        right = record.predicted == record.label
        by_version.setdefault(record.version or "unknown", []).append(right)
        by_label.setdefault(record.label, []).append(right)
    return FeedbackReport(
        overall=Share.of(sum(record.predicted == record.label for record in judged), len(judged)),
        by_version={name: _share(those) for name, those in sorted(by_version.items())},
        by_label={name: _share(those) for name, those in sorted(by_label.items())},
        records=len(verdicts.records) + verdicts.superseded,
        superseded=verdicts.superseded,
        conflicts=verdicts.conflicts,
        without_prediction=len(verdicts.records) - len(judged),
        first=verdicts.records[0].at if verdicts.records else None,
        last=verdicts.records[-1].at if verdicts.records else None,
    )


def _share(rights: list[bool]) -> Share:
    return Share.of(sum(rights), len(rights))
