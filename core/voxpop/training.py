"""Train a version: load, check, fit, save, measure what was saved, publish, promote."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voxpop.bundle import Manifest
from voxpop.events import (
    AliasKept,
    AliasMoved,
    EpochEnded,
    Event,
    Listener,
    RunStarted,
    StageStarted,
    VersionPublished,
    tell_all,
)
from voxpop.fresh_load import check_fresh_load
from voxpop.interfaces import Registry
from voxpop.measuring import read_splits
from voxpop.part_calls import own_disk_fault
from voxpop.plugins import Plugins
from voxpop.registry import StoreRegistry
from voxpop.run_config import RunConfig
from voxpop.scratch import scratch_directory
from voxpop.settings import cache_directory
from voxpop.training_run import TrainingRun
from voxpop.unpublished import publish_or_keep


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

    Nothing is visible in the registry before the version is whole and another process has loaded
    it; a run that fails or is interrupted leaves nothing behind. Only when publishing itself fails,
    the sealed bundle is kept below `VOXPOP_HOME`, and the message says how to publish it.

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
    if isinstance(registry, StoreRegistry):
        registry.check_writable()  # told now, and not when the fit is done
    epochs: list[EpochEnded] = []
    listen = tell_all(
        [
            _collect(epochs),
            *listeners,
            *(chosen.part.open(chosen.options) for chosen in run.listeners),
        ]
    )
    listen(RunStarted(run_config=run.filled()))
    runs = cache_directory("runs")
    with _disk_faults(), scratch_directory(runs) as scratch:
        bundle = scratch / "bundle"
        job = TrainingRun(run, plugins, listen, scratch, bundle, epochs)
        splits = read_splits(run, listen)
        job.fit(splits)
        manifest = job.measure_and_seal(splits, registry)
        listen(StageStarted(stage="loading it in a fresh process"))
        check_fresh_load(bundle, plugins, scratch)
        listen(StageStarted(stage="publishing"))
        version = publish_or_keep(registry, bundle, run.registry is not None)
        listen(VersionPublished(version=version))
        promotion = job.promote(registry, version, splits)
    return TrainedVersion(version=version, manifest=manifest, promotion=promotion)


@contextlib.contextmanager
def _disk_faults() -> Iterator[None]:
    """Say what the disk below VOXPOP_HOME refuses to the libraries that write there."""
    try:
        yield
    except OSError as error:
        fault = own_disk_fault(error)
        if fault is None:  # another's, and no part was at work: a bug shows its traceback
            raise
        raise fault from error


def _collect(epochs: list[EpochEnded]) -> Listener:
    def listen(event: Event) -> None:
        if isinstance(event, EpochEnded):
            epochs.append(event)

    return listen
