"""Measures versions on reviews: what `voxpop evaluate`, calibration and promotion stand on."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voxpop.answers import AnswerError, as_probabilities
from voxpop.calibration import calibrate
from voxpop.classifier import Classifier
from voxpop.data.cutting import cut_splits
from voxpop.data.split import Split
from voxpop.disk import disk_fault
from voxpop.errors import DataError, PluginError
from voxpop.evaluation.metrics import evaluate as evaluate_probabilities
from voxpop.evaluation.record import Evaluation
from voxpop.evaluation.report import Report, write_report
from voxpop.events import Listener, Progress, StageStarted, ignore_events
from voxpop.interfaces import Model, Splits, Tokenizer
from voxpop.part_calls import called, part_at_work
from voxpop.run_config import RunConfig
from voxpop.scratch import scratch_directory
from voxpop.settings import cache_directory
from voxpop.tokens import TokenDataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.bundle.manifest import PartRecords

_BATCH = 256


def evaluate(
    classifier: Classifier,
    run: RunConfig,
    *,
    report: Path | None = None,
    listen: Listener = ignore_events,
) -> Evaluation:
    """Measure a version on the test reviews of a run config.

    The same run config on the same data gives the same test reviews that training held out.

    Args:
        classifier: the version.
        run: says which reviews, and whether a report may quote them.
        report: the folder to write a report to, made when it is missing; None writes none.
        listen: hears how far it is.

    Raises:
        DataError: the run config's reviews have other labels than the version.
        StoreError: the report cannot be written.
    """
    with scratch_directory(cache_directory("runs")) as scratch:
        splits = read_splits(run, listen)
        listen(StageStarted(stage="measuring"))
        measured = measure(classifier, splits, scratch, listen)
        if report is not None:
            _write_report(report, classifier, run, splits, measured)
        return measured


def _write_report(
    directory: Path, classifier: Classifier, run: RunConfig, splits: Splits, measured: Evaluation
) -> None:
    """Write what the manifest says of the version, and how it does on these reviews."""
    test, manifest = held_out(splits.test), classifier.manifest
    try:
        write_report(
            directory,
            Report(
                evaluation=measured,
                created_at=datetime.datetime.now(datetime.UTC),
                rows={
                    "train": manifest.data.train,
                    "validation": manifest.data.validation,
                    "test": len(test),
                },
                run_config=manifest.run_config,
                environment=manifest.environment,
                git_commit=manifest.git_commit,
                text_of=lambda row: test[row].text,
                include_texts=run.report.texts,
                temperature=manifest.calibration.temperature,
            ),
        )
    except OSError as error:
        raise disk_fault(error, Path(error.filename or directory), "written") from error


def read_splits(run: RunConfig, listen: Listener) -> Splits:
    """Read the reviews of a run config and cut the splits that the source lacks.

    Raises:
        PluginError: the data source breaks its contract.
        DataError: its reviews cannot be used as they are.
    """
    listen(StageStarted(stage="reading reviews"))
    part = run.data.part
    who = f"The {part.kind} {part.name!r} ({run.plugins.origin(part)})"
    with part_at_work(who, "reading reviews"):
        given = part.load(run.data.options, listen)
        _check_given(given)
    return cut_splits(
        given,
        validation=run.splits.validation,
        test=run.splits.test,
        limit=run.splits.limit,
        seed=run.seed,
        listen=listen,
    )


def _check_given(given: object) -> None:
    if not isinstance(given, Splits):
        raise PluginError(
            f"It gave a {type(given).__name__}; `load` gives voxpop.Splits(train=..., labels=...)."
        )
    for name in ("train", "validation", "test"):
        split = getattr(given, name)
        if not isinstance(split, Split) and (split is not None or name == "train"):
            raise PluginError(
                f"Its {name!r} is a {type(split).__name__}; it is a voxpop.Split, such as "
                "Split.from_rows(texts, labels)."
            )
    labels: object = given.labels
    if not isinstance(labels, tuple) or not all(isinstance(label, str) for label in labels):
        raise PluginError(f"Its `labels` are {labels!r}; they are a tuple of names.")


def held_out(split: Split | None) -> Split:
    """Give a split that `cut_splits` has made sure of."""
    assert split is not None, "cut_splits gives every split"  # noqa: S101 - for the type checker
    return split


def measure(classifier: Classifier, splits: Splits, scratch: Path, listen: Listener) -> Evaluation:
    """Measure a version on the test split, with its calibration, as it is served.

    Raises:
        DataError: the reviews have other labels than the version.
    """
    served = served_probabilities(classifier, splits, scratch, listen)
    return evaluate_probabilities(served, held_out(splits.test).labels, classifier.labels)


def served_probabilities(
    classifier: Classifier, splits: Splits, scratch: Path, listen: Listener
) -> NDArray[np.float64]:
    """Give what a version answers to each review of the test split, in order, as it is served.

    Returns:
        Calibrated probabilities, float64 of shape (n, k).

    Raises:
        DataError: the reviews have other labels than the version.
    """
    if splits.labels != classifier.labels:
        raise DataError(
            f"{classifier.version} tells {', '.join(classifier.labels)} apart; the labels of these "
            f"reviews are {', '.join(splits.labels)}: there is nothing to compare"
        )
    raw = split_probabilities(
        classifier.tokenizer,
        classifier.model,
        held_out(splits.test),
        scratch,
        listen,
        "measuring",
        parts=classifier.manifest.parts,
        classes=len(classifier.labels),
    )
    calibrated: NDArray[np.float64] = calibrate(raw, classifier.manifest.calibration.temperature)
    return calibrated


def split_probabilities(
    tokenizer: Tokenizer,
    model: Model,
    split: Split,
    scratch: Path,
    listen: Listener,
    stage: str,
    *,
    parts: PartRecords,
    classes: int,
) -> NDArray[np.float64]:
    """Give the model's probabilities for each review of a split, in order.

    Texts are encoded into a file below `scratch` first, so that batches hold reviews of one length
    and memory stays bounded by the answers.

    Returns:
        Uncalibrated probabilities, float64 of shape (n, k).

    Raises:
        PluginError: tokenizer or model (named as in `parts`) break their contracts.
    """
    file = scratch / "measured.tokens"
    with part_at_work(called("tokenizer", parts.tokenizer), f"encoding for {stage}"):
        tokens = TokenDataset.write(file, tokenizer, split, listen, f"encoding for {stage}")
    answers = np.empty((len(tokens), classes), dtype=np.float64)
    done = 0
    for rows, batch in tokens.by_length(_BATCH):
        with part_at_work(called("model", parts.model), stage):
            try:
                answer = model.predict_proba(batch)
                answers[rows] = as_probabilities(answer, len(rows), classes)
            except AnswerError as error:
                raise PluginError(f"`predict_proba` gave {error}.") from error
        done += len(rows)
        listen(Progress(stage=stage, done=done, total=len(tokens)))
    file.unlink()
    return answers
