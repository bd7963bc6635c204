"""What a version says of reviews, and how often it is right: all that the insights need of it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from voxpop.evaluation.stored import stored_evaluation
from voxpop.events import Listener, Progress, StageStarted, ignore_events
from voxpop.insights.quantification import CheckSet
from voxpop.scoring.workers import Job, score_here, score_in_processes
from voxpop.settings import cache_directory

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.classifier import Classifier

_BATCH_ROWS = 1_000
_WORTH_PROCESSES = 4_000  # texts; a process of its own needs a second to start


def score_texts(
    classifier: Classifier,
    texts: Sequence[str],
    *,
    processes: int | None = None,
    listen: Listener = ignore_events,
    stage: str = "scoring",
) -> NDArray[np.float64]:
    """Give the probabilities of every label, float64 of shape (n, k), by all cores.

    Args:
        classifier: scores. When it is not cached on this machine's disk, this process does it all.
        texts: n texts.
        processes: how many score at once; None takes one a core when there is enough to do.
        listen: hears how far it is.
        stage: what it hears.
    """
    jobs = (
        Job(start, list(texts[start : start + _BATCH_ROWS]))
        for start in range(0, len(texts), _BATCH_ROWS)
    )
    count = processes or len(os.sched_getaffinity(0))
    apart = len(texts) > _WORTH_PROCESSES if processes is None else processes > 1
    cached = (cache_directory("bundles") / classifier.version).is_dir()
    scores = np.empty((len(texts), len(classifier.labels)))
    listen(StageStarted(stage=stage))
    if apart and cached and count > 1:
        answers = score_in_processes(classifier.version, jobs, count)
    else:
        answers = score_here(classifier, jobs)
    done = 0
    with contextlib.closing(answers):  # type: ignore[type-var]
        for answer in answers:
            scores[answer.number : answer.number + len(answer.scores)] = answer.scores
            done += len(answer.scores)
            listen(Progress(stage=stage, done=done, total=len(texts)))
    return scores


def check_set_of(classifier: Classifier, unfavourable: Sequence[str]) -> CheckSet | None:
    """Tell how the version did on its test split; None when it was not measured on one.

    Args:
        classifier: from `voxpop.load`.
        unfavourable: names among its labels.
    """
    return check_set_from(
        stored_evaluation(classifier.version),
        unfavourable,
        version=classifier.version,
        data=classifier.manifest.parts.data.name,
    )


def check_set_from(
    evaluation: Mapping[str, Any] | None, unfavourable: Sequence[str], *, version: str, data: str
) -> CheckSet | None:
    """Make the check set of an evaluation as `stored_evaluation`, or the API's `/model`, gives it.

    Args:
        evaluation: with `confusion`, `class_names` and `rows`; None gives None.
        unfavourable: names among the class names.
        version: that was evaluated.
        data: the name of the data source that the test split came from.
    """
    if evaluation is None:
        return None
    return CheckSet.from_confusion(
        evaluation["confusion"],
        evaluation["class_names"],
        unfavourable,
        f"the test split of {version} ({data}, {evaluation['rows']:,} reviews)",
        data,
    )
