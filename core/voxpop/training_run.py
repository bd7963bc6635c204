"""The stages of one training run: fit, measure what was saved, seal, promote."""

from __future__ import annotations

import contextlib
import datetime
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voxpop.baseline import training_baseline
from voxpop.bundle import Manifest, seal_bundle
from voxpop.bundle.manifest import Calibration, DataRecord, PartRecord, PartRecords
from voxpop.calibration import calibrate, fit_temperature
from voxpop.data.fingerprint import fingerprint
from voxpop.environment import environment, git_commit
from voxpop.errors import PluginError, VoxpopError
from voxpop.evaluation.metrics import evaluate
from voxpop.evaluation.report import Comparison, Report, write_report
from voxpop.events import (
    AliasKept,
    AliasMoved,
    EpochEnded,
    Evaluated,
    Listener,
    Progress,
    StageStarted,
)
from voxpop.golden import GOLDEN_TEXTS, as_golden
from voxpop.interfaces import Model, Registry, Splits, Task, Tokenizer
from voxpop.loading import load_version
from voxpop.measuring import held_out, measure, split_probabilities
from voxpop.part_calls import called, part_at_work
from voxpop.parts import Part
from voxpop.plugins import Plugins
from voxpop.promotion import promote_if_better
from voxpop.run_config import RunConfig
from voxpop.tokens import TokenDataset

if TYPE_CHECKING:
    from voxpop.data.split import Split

logger = logging.getLogger(__name__)


@dataclass
class TrainingRun:
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
        with self._at_work(tokenizer_choice.part, "fitting"):
            tokenizer = tokenizer_choice.part.fit(
                tokenizer_choice.options, self._texts(splits.train, "fitting the tokenizer")
            )
            _check_fitted(tokenizer, "encode")
        self.listen(StageStarted(stage="encoding reviews"))
        train_tokens = self._encode(tokenizer, splits.train, "train")
        with self._at_work(tokenizer_choice.part, "fitting"):
            oov_id = _oov_id(tokenizer)
        self.facts["baseline"] = training_baseline(train_tokens, splits.labels, oov_id)
        with self._at_work(tokenizer_choice.part, "saving"):
            _save(tokenizer, self.bundle / "tokenizer")
        self.listen(StageStarted(stage="training"))
        model_scratch = self.scratch / "model"
        model_scratch.mkdir()
        task = Task(
            train=train_tokens,
            validation=self._encode(tokenizer, held_out(splits.validation), "validation"),
            labels=splits.labels,
            vocabulary_size=tokenizer.vocabulary_size,
            seed=self.run.seed,
            scratch=model_scratch,
            listen=self.listen,
        )
        with self._at_work(model_choice.part, "fitting"):
            model = model_choice.part.fit(model_choice.options, task)
            _check_fitted(model, "predict_proba")
        with self._at_work(model_choice.part, "saving"):
            _save(model, self.bundle / "model")

    def measure_and_seal(self, splits: Splits, registry: Registry) -> Manifest:
        """Load the saved parts back, calibrate and measure them, and seal the bundle.

        What is measured is what is served: nothing of the fitted objects is used here.
        """
        with self._at_work(self.run.tokenizer.part, "loading"):
            tokenizer = self.run.tokenizer.part.load(self.bundle / "tokenizer")
            _check_fitted(tokenizer, "encode", "load")
        with self._at_work(self.run.model.part, "loading"):
            model = self.run.model.part.load(self.bundle / "model")
            _check_fitted(model, "predict_proba", "load")
        classes = len(splits.labels)
        validation, test = held_out(splits.validation), held_out(splits.test)
        self.listen(StageStarted(stage="calibrating"))
        temperature = fit_temperature(
            self._probabilities(tokenizer, model, validation, classes, "calibrating"),
            validation.labels,
        )
        self.listen(StageStarted(stage="measuring"))
        raw = self._probabilities(tokenizer, model, test, classes, "measuring")
        measured = evaluate(calibrate(raw, temperature), test.labels, splits.labels)
        self.listen(Evaluated(metrics=measured.metrics))
        created_at = datetime.datetime.now(datetime.UTC)
        data = DataRecord(
            fingerprint=fingerprint(splits.train, validation, test),
            train=len(splits.train),
            validation=len(validation),
            test=len(test),
            test_fingerprint=fingerprint(test),
        )
        write_report(
            self.bundle / "report",
            Report(
                evaluation=measured,
                created_at=created_at,
                rows=data.model_dump(include={"train", "validation", "test"}),
                run_config=self.run.filled(),
                environment=environment(),
                git_commit=git_commit(),
                text_of=lambda row: test[row].text,
                include_texts=self.run.report.texts,
                temperature=temperature,
                uncalibrated=evaluate(raw, test.labels, splits.labels),
                epochs=self.epochs,
                comparison=self._rival_on_the_same_rows(registry, data.test_fingerprint),
            ),
        )
        golden = model.predict_proba(tokenizer.encode(GOLDEN_TEXTS)).astype(np.float64)
        return seal_bundle(
            self.bundle,
            created_at=created_at,
            labels=splits.labels,
            parts=self._records(),
            run_config=self.run.filled(),
            data=data,
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

        rivals = gate.against or gate.alias

        def measure_rival(rival: str) -> float | None:
            self.listen(StageStarted(stage=f"measuring {rival}, the holder of {rivals!r}"))
            held = load_version(registry, rival, plugins=self.plugins)
            return measure(held, splits, self.scratch, self.listen).metrics.get(gate.metric)

        outcome = promote_if_better(
            registry,
            version,
            alias=gate.alias,
            metric=gate.metric,
            minimum=gate.minimum,
            against=gate.against,
            measure=measure_rival,
            load=lambda rival: load_version(registry, rival, plugins=self.plugins),
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
        with self._at_work(self.run.tokenizer.part, "encoding"):
            return TokenDataset.write(file, tokenizer, split, self.listen, f"encoding {name}")

    def _probabilities(
        self, tokenizer: Tokenizer, model: Model, split: Split, classes: int, stage: str
    ) -> np.ndarray[Any, np.dtype[np.float64]]:
        return split_probabilities(
            tokenizer,
            model,
            split,
            self.scratch,
            self.listen,
            stage,
            parts=self._records(),
            classes=classes,
        )

    def _at_work(self, part: Part[Any], doing: str) -> contextlib.AbstractContextManager[None]:
        return part_at_work(called(part.kind, self._record(part)), doing)

    def _records(self) -> PartRecords:
        return PartRecords(
            data=self._record(self.run.data.part),
            tokenizer=self._record(self.run.tokenizer.part),
            model=self._record(self.run.model.part),
        )

    def _record(self, part: Part[Any]) -> PartRecord:
        origin = self.plugins.origin(part)
        return PartRecord(name=part.name, distribution=origin.distribution, version=origin.version)

    def _rival_on_the_same_rows(
        self, registry: Registry, test_fingerprint: str
    ) -> Comparison | None:
        """Give the figures of the version to beat, when they compare; the report shows both."""
        gate = self.run.promotion
        if gate is None:
            return None
        alias = gate.against or gate.alias
        try:
            rival = registry.aliases().get(alias)
            if rival is None:
                return None
            manifest = registry.manifest(rival)
        except VoxpopError as error:
            logger.warning("The report does without %r: %s", alias, error)
            return None
        if manifest.data.test_fingerprint != test_fingerprint:
            return None
        return Comparison(name=f"{alias} ({rival})", metrics=manifest.metrics)


def _check_fitted(fitted: object, method: str, by: str = "fit") -> None:
    lacking = [name for name in (method, "save") if not callable(getattr(fitted, name, None))]
    if lacking:
        raise PluginError(
            f"`{by}` gave a {type(fitted).__name__} without `{'` and `'.join(lacking)}`. "
            "Tell the plugin's author."
        )


def _oov_id(tokenizer: Tokenizer) -> int | None:
    """Give the id of words that the tokenizer does not know, when it says that it has one."""
    oov_id: object = getattr(tokenizer, "oov_id", None)
    if oov_id is None:
        return None
    if not isinstance(oov_id, int) or not 0 <= oov_id < tokenizer.vocabulary_size:
        raise PluginError(
            f"Its `oov_id` is {oov_id!r}; it is None or an id, 0 to "
            f"{tokenizer.vocabulary_size - 1}. Tell the plugin's author."
        )
    return oov_id


def _save(fitted: Tokenizer | Model, directory: Path) -> None:
    directory.mkdir(parents=True)
    fitted.save(directory)
    if not any(path.is_file() for path in directory.rglob("*")):
        raise PluginError(
            "`save` wrote no file, so `load` would have nothing to read. Tell the plugin's author."
        )
