"""What a run tells its listeners: frozen records, one a happening.

A listener is any callable that takes an `Event`. What it raises is logged and the run goes on;
only `RunStopped` ends the run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")


class RunStopped(Exception):  # noqa: N818 - not a fault: somebody asked the run to end
    """Raised by a listener to end the run; nothing is published."""


@dataclass(frozen=True, kw_only=True)
class RunStarted:
    """A training run begins; `run_config` has every option explicit, as the manifest keeps it."""

    run_config: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class StageStarted:
    """A stage of the run begins; `stage` is a short English phrase such as "reading reviews"."""

    stage: str


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the stage is; `total` is None while it is not known."""

    stage: str
    done: int
    total: int | None
    unit: str = "reviews"


@dataclass(frozen=True, kw_only=True)
class EpochEnded:
    """One pass over the training split is over; `metrics` as Keras names them (`val_loss`, ...)."""

    epoch: int  # counted from 1
    epochs: int  # at most so many; early stopping may end before
    metrics: Mapping[str, float]
    duration_s: float


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something that the user should know and that is no fault: rows skipped, duplicates moved."""

    message: str


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """The saved bundle was measured on the test split; `metrics` hold scalars only."""

    metrics: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class VersionPublished:
    """The bundle is in the registry under this version."""

    version: str


@dataclass(frozen=True, kw_only=True)
class AliasMoved:
    """The alias points at `version` now.

    Attributes:
        alias: what moved.
        version: where it points now.
        previous: where it pointed; None when it is new.
        beaten: the version that the new one was compared with: the holder of the alias that
            `[promotion]` names as `against`. None when nothing held it.
        reason: why it moved though nothing was compared: the version to beat is damaged. None when
            the new version is the better one, or the first.
    """

    alias: str
    version: str
    previous: str | None
    beaten: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class AliasKept:
    """The promotion gate kept the alias where it was (`holder`), and why."""

    alias: str
    version: str
    holder: str | None
    reason: str


Event = (
    RunStarted
    | StageStarted
    | Progress
    | EpochEnded
    | Notice
    | Evaluated
    | VersionPublished
    | AliasMoved
    | AliasKept
)
Listener = Callable[[Event], None]


def ignore_events(event: Event) -> None:
    """A listener that does nothing."""


def followed(
    items: Sequence[T], listen: Listener, stage: str, *, unit: str = "reviews", every: int = 1_000
) -> Iterator[T]:
    """Give the items one after the other, and tell now and then how far that is.

    Raises:
        RunStopped: the listener ends it.
    """
    for done, item in enumerate(items):
        if done % every == 0:
            listen(Progress(stage=stage, done=done, total=len(items), unit=unit))
        yield item


def tell_all(listeners: Iterable[Listener]) -> Listener:
    """Make one listener of many: each hears every event, whatever the others raise."""
    those = tuple(listeners)

    def tell(event: Event) -> None:
        stopped: RunStopped | None = None
        for listener in those:
            try:
                listener(event)
            except RunStopped as stop:
                stopped = stopped or stop
            except (Exception, SystemExit):
                logger.exception("A listener failed on %s; the run goes on", type(event).__name__)
        if stopped is not None:
            raise stopped

    return tell
