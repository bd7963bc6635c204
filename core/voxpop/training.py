"""Train a version: load, check, fit, save, measure what was saved, publish, promote."""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voxpop.baseline import training_baseline
from voxpop.bundle import Manifest, seal_bundle
from voxpop.bundle.manifest import Calibration, DataRecord, PartRecord, PartRecords
from voxpop.calibration import calibrate, fit_temperature
from voxpop.data.fingerprint import fingerprint
from voxpop.disk import disk_fault
from voxpop.environment import environment, git_commit
from voxpop.evaluation.metrics import evaluate
from voxpop.evaluation.record import Evaluation
from voxpop.evaluation.report import Report, write_report
from voxpop.events import (
    AliasKept,
    AliasMoved,
    EpochEnded,
    Evaluated,
    Event,
    Listener,
    Progress,
    StageStarted,
    VersionPublished,
    tell_all,
)
from voxpop.golden import GOLDEN_TEXTS, as_golden
from voxpop.interfaces import Model, Registry, Splits, Task, Tokenizer
from voxpop.loading import load_version
from voxpop.measuring import held_out, measure, read_splits, split_probabilities
from voxpop.plugins import Plugins
from voxpop.promotion import promote_if_better
from voxpop.run_config import RunConfig
from voxpop.scratch import scratch_directory
from voxpop.settings import cache_directory
from voxpop.tokens import TokenDataset

if TYPE_CHECKING:
    from voxpop.data.split import Split

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TrainedVersion:
    """What a run made."""

    version: str
    manifest: Manifest
    promotion: AliasMoved | AliasKept | None  # None when the run config asks for none


def train(
    run: RunConfig | Mapping[str, Any] | str | Path,
    *,
    plugins: Plugins | None = None,
    registry: Registry | None = None,
    listeners: Sequence[Listener] = (),
) -> TrainedVersion:
    """Train a version as a run config says, publish it and pass it through the promotion gate.

    Nothing is visible in the registry before the version is whole; a run that fails or is
    interrupted leaves nothing behind.

    Args:
        run: a run config, its file, or its tables.
        plugins: the parts to choose from; None loads the installed plugins.
        registry: where the version goes; None opens the one that the run config names.
        listeners: hear the events of the run, beside those that the run config names.

    Raises:
        VoxpopError: as its subclasses say; the run config is checked before any work starts.
        RunStopped: a listener ended the run.
    """
    plugins = plugins or Plugins.load()
    if isinstance(run, (str, Path)):
        run = RunConfig.load(Path(run), plugins=plugins)
    elif not isinstance(run, RunConfig):
        run = RunConfig.of(run, plugins=plugins)
    registry = registry or run.open_registry()
    epochs: list[EpochEnded] = []
    listen = tell_all(
        [
            _collect(epochs),
            *listeners,
            *(chosen.part.open(chosen.options) for chosen in run.listeners),
        ]
    )
    runs = cache_directory("runs")
    with _disk_faults(runs), scratch_directory(runs) as scratch:
        bundle = scratch / "bundle"
        job = _Job(run, plugins, listen, scratch, bundle, epochs)
        splits = read_splits(run, listen)
        job.fit(splits)
        manifest = job.measure_and_seal(splits)
        listen(StageStarted(stage="publishing"))
        version = registry.publish(bundle)
        listen(VersionPublished(version=version))
        promotion = job.promote(registry, version, splits)
    return TrainedVersion(version=version, manifest=manifest, promotion=promotion)


@dataclass
class _Job:
    """One run under way: the state that its stages hand on."""

    run: RunConfig
    plugins: Plugins
    listen: Listener
    scratch: Path
    bundle: Path
    epochs: list[EpochEnded]
    facts: dict[str, Any] = field(default_factory=dict)  # of the manifest, as they become known

    def fit(self, splits: Splits) -> None:
        """Fit tokenizer and model and save both into the bundle."""
        self.listen(StageStarted(stage="fitting the tokenizer"))
        tokenizer_choice, model_choice = self.run.tokenizer, self.run.model
        tokenizer = tokenizer_choice.part.fit(
            tokenizer_choice.options, self._texts(splits.train, "fitting the tokenizer")
        )
        self.listen(StageStarted(stage="encoding reviews"))
        train_tokens = self._encode(tokenizer, splits.train, "train")
        self.facts["baseline"] = training_baseline(
            train_tokens, splits.labels, getattr(tokenizer, "oov_id", None)
        )
        _save(tokenizer, self.bundle / "tokenizer")
        self.listen(StageStarted(stage="training"))
        model_scratch = self.scratch / "model"
        model_scratch.mkdir()
        model = model_choice.part.fit(
            model_choice.options,
            Task(
                train=train_tokens,
                validation=self._encode(tokenizer, held_out(splits.validation), "validation"),
                labels=splits.labels,
                vocabulary_size=tokenizer.vocabulary_size,
                seed=self.run.seed,
                scratch=model_scratch,
                listen=self.listen,
            ),
        )
        _save(model, self.bundle / "model")

    def measure_and_seal(self, splits: Splits) -> Manifest:
        """Load the saved parts back, calibrate and measure them, and seal the bundle.

        What is measured is what is served: nothing of the fitted objects is used here.
        """
        tokenizer = self.run.tokenizer.part.load(self.bundle / "tokenizer")
        model = self.run.model.part.load(self.bundle / "model")
        validation, test = held_out(splits.validation), held_out(splits.test)
        self.listen(StageStarted(stage="calibrating"))
        temperature = fit_temperature(
            self._probabilities(tokenizer, model, validation, "calibrating"), validation.labels
        )
        self.listen(StageStarted(stage="measuring"))
        raw = self._probabilities(tokenizer, model, test, "measuring")
        measured = evaluate(calibrate(raw, temperature), test.labels, splits.labels)
        self.listen(Evaluated(metrics=measured.metrics))
        created_at = datetime.datetime.now(datetime.UTC)
        uncalibrated = evaluate(raw, test.labels, splits.labels)
        self._report(measured, uncalibrated, splits, temperature, created_at)
        golden = model.predict_proba(tokenizer.encode(GOLDEN_TEXTS)).astype(np.float64)
        return seal_bundle(
            self.bundle,
            created_at=created_at,
            labels=splits.labels,
            parts=PartRecords(
                data=self._record(self.run.data.part),
                tokenizer=self._record(self.run.tokenizer.part),
                model=self._record(self.run.model.part),
            ),
            run_config=self.run.filled(),
            data=DataRecord(
                fingerprint=fingerprint(splits.train, validation, test),
                train=len(splits.train),
                validation=len(validation),
                test=len(test),
                test_fingerprint=fingerprint(test),
            ),
            metrics=dict(measured.metrics),
            calibration=Calibration(temperature=temperature),
            baseline=self.facts["baseline"],
            environment=environment(),
            git_commit=git_commit(),
            golden=as_golden(calibrate(golden, temperature)),
        )

    def promote(
        self, registry: Registry, version: str, splits: Splits
    ) -> AliasMoved | AliasKept | None:
        """Pass the version through the gate that the run config names."""
        gate = self.run.promotion
        if gate is None:
            return None

        def measure_holder(holder: str) -> float:
            self.listen(StageStarted(stage=f"measuring {holder}, the holder of {gate.alias!r}"))
            held = load_version(registry, holder, plugins=self.plugins)
            return measure(held, splits, self.scratch, self.listen).metrics[gate.metric]

        outcome = promote_if_better(
            registry,
            version,
            alias=gate.alias,
            metric=gate.metric,
            minimum=gate.minimum,
            measure=measure_holder,
        )
        self.listen(outcome)
        return outcome

    def _texts(self, split: Split, stage: str) -> Iterator[str]:
        done = 0
        for texts in split.texts():
            yield from texts
            done += len(texts)
            self.listen(Progress(stage=stage, done=done, total=len(split)))

    def _encode(self, tokenizer: Tokenizer, split: Split, name: str) -> TokenDataset:
        file = self.scratch / f"{name}.tokens"
        return TokenDataset.write(file, tokenizer, split, self.listen, f"encoding {name}")

    def _probabilities(
        self, tokenizer: Tokenizer, model: Model, split: Split, stage: str
    ) -> np.ndarray[Any, np.dtype[np.float64]]:
        return split_probabilities(tokenizer, model, split, self.scratch, self.listen, stage)

    def _record(self, part: Any) -> PartRecord:
        origin = self.plugins.origin(part)
        return PartRecord(name=part.name, distribution=origin.distribution, version=origin.version)

    def _report(
        self,
        measured: Evaluation,
        uncalibrated: Evaluation,
        splits: Splits,
        temperature: float,
        created_at: datetime.datetime,
    ) -> None:
        test = held_out(splits.test)
        write_report(
            self.bundle / "report",
            Report(
                evaluation=measured,
                created_at=created_at,
                rows={
                    "train": len(splits.train),
                    "validation": len(held_out(splits.validation)),
                    "test": len(test),
                },
                run_config=self.run.filled(),
                environment=environment(),
                git_commit=git_commit(),
                text_of=lambda row: test[row].text,
                temperature=temperature,
                uncalibrated=uncalibrated,
                epochs=self.epochs,
            ),
        )


@contextlib.contextmanager
def _disk_faults(directory: Path) -> Iterator[None]:
    """Say what a disk refuses to the libraries that write below `directory`."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # a library's own error, not the system's
            raise
        path = directory if error.filename is None else Path(os.fsdecode(error.filename))
        raise disk_fault(error, path, "written") from error


def _collect(epochs: list[EpochEnded]) -> Listener:
    def listen(event: Event) -> None:
        if isinstance(event, EpochEnded):
            epochs.append(event)

    return listen


def _save(fitted: Tokenizer | Model, directory: Path) -> None:
    directory.mkdir(parents=True)
    fitted.save(directory)
