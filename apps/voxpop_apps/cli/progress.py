"""What a person sees of a run: progress bars on a terminal, a line a stage elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from voxpop_apps.cli.output import say

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from voxpop import EpochEnded, Event, Listener


@contextlib.contextmanager
def shown_progress() -> Iterator[Listener]:
    """Give a listener that shows the events of a run on stderr."""
    if not sys.stderr.isatty():
        yield _tell
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bars:
        yield _Drawn(bars)


def _tell(event: Event) -> None:
    """Write what is worth a line; progress within a stage is not."""
    line = _line(event)
    if line is not None:
        say(line)


class _Drawn:
    """Draws one bar a stage; finished stages leave a line above the bar."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._stage: str | None = None
        self._task: TaskID | None = None

    def __call__(self, event: Event) -> None:
        from voxpop import Progress

        if isinstance(event, Progress):
            self._draw(event.stage, event.done, event.total, event.unit)
            return
        line = _line(event)
        if line is not None:
            self._bars.console.print(line, highlight=False, markup=False)

    def _draw(self, stage: str, done: int, total: int | None, unit: str) -> None:
        if self._task is None or stage != self._stage:
            if self._task is not None:
                self._bars.remove_task(self._task)
            self._task = self._bars.add_task(stage, total=total, completed=done, unit=unit)
            self._stage = stage
        self._bars.update(self._task, completed=done, total=total)


def _line(event: Event) -> str | None:
    from voxpop import (
        AliasKept,
        AliasMoved,
        EpochEnded,
        Evaluated,
        Notice,
        StageStarted,
        VersionPublished,
    )

    match event:
        case StageStarted():
            return f"- {event.stage}"
        case EpochEnded():
            return _epoch_line(event)
        case Notice():
            return f"  note: {event.message}"
        case Evaluated():
            shown = ", ".join(f"{name} {value:.4f}" for name, value in event.metrics.items())
            return f"  on the test reviews: {shown}"
        case VersionPublished():
            return f"  published {event.version}"
        case AliasMoved():
            before = f" (before: {event.previous})" if event.previous else ""
            why = f": {event.reason}" if event.reason else ""
            return f"  {event.alias} is {event.version} now{before}{why}"
        case AliasKept():
            return f"  {event.alias} stays {event.holder or 'unset'}: {event.reason}"
        case _:
            return None


def _epoch_line(event: EpochEnded) -> str:
    shown = ", ".join(
        f"{name} {event.metrics[name]:.4f}"
        for name in ("loss", "val_loss", "accuracy", "val_accuracy")
        if name in event.metrics
    )
    return f"  epoch {event.epoch}/{event.epochs} ({event.duration_s:.0f} s): {shown}"
