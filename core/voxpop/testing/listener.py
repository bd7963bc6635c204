"""The standard tests of listeners."""

from __future__ import annotations

import pytest

from voxpop.events import (
    AliasKept,
    AliasMoved,
    EpochEnded,
    Evaluated,
    Event,
    Listener,
    Notice,
    Progress,
    RunStarted,
    StageStarted,
    VersionPublished,
)
from voxpop.testing.conformance import Conformance, require, standard

_VERSION = "v-0123456789abcdef"

SAMPLE_EVENTS: tuple[Event, ...] = (
    RunStarted(run_config={"seed": 42, "data": {"name": "files", "test": None}}),
    StageStarted(stage="reading reviews"),
    Progress(stage="reading reviews", done=0, total=None),
    Progress(stage="reading reviews", done=20, total=20),
    Notice(message="3 rows were skipped: they have no text"),
    StageStarted(stage="training"),
    Progress(stage="training", done=1, total=2, unit="batches"),
    EpochEnded(epoch=1, epochs=2, metrics={}, duration_s=0.0),
    EpochEnded(epoch=2, epochs=2, metrics={"loss": 0.5, "val_loss": 0.75}, duration_s=1.5),
    Evaluated(metrics={"accuracy": 0.875}),
    VersionPublished(version=_VERSION),
    AliasMoved(alias="champion", version=_VERSION, previous=None),
    AliasMoved(alias="champion", version=_VERSION, previous="v-fedcba9876543210"),
    AliasKept(alias="champion", version=_VERSION, holder=None, reason="below the minimum"),
    AliasKept(alias="champion", version=_VERSION, holder="v-fedcba9876543210", reason="not better"),
)
"""Every type of event, in the order of a run, with and without what may be absent."""


@standard
class ListenerConformance(Conformance):
    """Subclass it, give a fixture `listener` that returns a new one, run pytest."""

    @pytest.fixture
    def listener(self) -> Listener:
        """Give the listener under test; the author's to write."""
        pytest.fail(
            f"{type(self).__name__} gives no listener: write a fixture `listener` in it that "
            "returns a new one."
        )

    def test_listener_is_callable(self, listener: Listener) -> None:
        """A listener is called with an event."""
        require(callable(listener), f"{listener!r} is not callable: a listener takes an event.")

    @pytest.mark.parametrize("event", SAMPLE_EVENTS, ids=lambda event: type(event).__name__)
    def test_every_event_is_heard_first(self, listener: Listener, event: Event) -> None:
        """Any event may be the first that it hears: runs differ, and stages may be absent."""
        _tell(listener, event)

    def test_a_whole_run_is_heard(self, listener: Listener) -> None:
        """All events of a run, twice over."""
        for event in SAMPLE_EVENTS * 2:
            _tell(listener, event)

    def test_a_run_that_breaks_off_is_heard(self, listener: Listener) -> None:
        """A run may fail after any event and another begin."""
        for end in range(len(SAMPLE_EVENTS)):
            for event in SAMPLE_EVENTS[:end]:
                _tell(listener, event)


def _tell(listener: Listener, event: Event) -> None:
    __tracebackhide__ = True
    try:
        listener(event)
    except Exception as error:  # noqa: BLE001 - whatever the author's code raises
        pytest.fail(
            f"The listener raises {error!r} at {event}: pass over the events and metrics that it "
            "does not know; RunStopped alone may end a run."
        )
