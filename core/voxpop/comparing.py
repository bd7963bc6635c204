"""Compares two versions on the same test reviews: what `voxpop compare` stands on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from voxpop.classifier import Classifier
from voxpop.data.fingerprint import fingerprint
from voxpop.evaluation.metrics import evaluate
from voxpop.evaluation.paired import PairedAccuracy, compare_accuracy
from voxpop.evaluation.record import Evaluation
from voxpop.events import Listener, Notice, StageStarted, ignore_events
from voxpop.measuring import held_out, read_splits, served_probabilities
from voxpop.run_config import RunConfig
from voxpop.scratch import scratch_directory
from voxpop.settings import cache_directory


@dataclass(frozen=True, kw_only=True)
class ComparedVersions:
    """Two versions, measured on the same rows as they are served."""

    first: str
    second: str
    evaluations: tuple[Evaluation, Evaluation]
    accuracy: PairedAccuracy

    def to_json(self) -> dict[str, Any]:
        """Give what programs need: both sets of metrics, their differences, the paired test."""
        first, second = (evaluation.metrics for evaluation in self.evaluations)
        return {
            "rows": self.accuracy.rows,
            "first": {"version": self.first, "metrics": dict(first)},
            "second": {"version": self.second, "metrics": dict(second)},
            "differences": self.differences(),
            "accuracy": asdict(self.accuracy),
        }

    def differences(self) -> dict[str, float]:
        """Give each metric of the first less that of the second, where both are defined."""
        first, second = (evaluation.metrics for evaluation in self.evaluations)
        return {name: first[name] - second[name] for name in first if name in second}


def compare(
    first: Classifier, second: Classifier, run: RunConfig, *, listen: Listener = ignore_events
) -> ComparedVersions:
    """Measure two versions on the test reviews of a run config, and test their difference.

    A version that was trained by other splits may have learnt from some of these reviews: that is
    told as a `Notice`.

    Raises:
        DataError: the run config's reviews have other labels than a version.
    """
    with scratch_directory(cache_directory("runs")) as scratch:
        splits = read_splits(run, listen)
        test = held_out(splits.test)
        rows = fingerprint(test)
        answers = []
        for classifier in (first, second):
            if classifier.manifest.data.test_fingerprint != rows:
                listen(
                    Notice(
                        message=f"{classifier.version} held out other test reviews than these: it "
                        "may have learnt from some of them, and look better than it is"
                    )
                )
            listen(StageStarted(stage=f"measuring {classifier.version}"))
            answers.append(served_probabilities(classifier, splits, scratch, listen))
    right = [given.argmax(axis=1) == test.labels for given in answers]
    return ComparedVersions(
        first=first.version,
        second=second.version,
        evaluations=(
            evaluate(answers[0], test.labels, first.labels),
            evaluate(answers[1], test.labels, second.labels),
        ),
        accuracy=compare_accuracy(right[0], right[1]),
    )
