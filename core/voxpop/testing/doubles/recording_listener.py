"""A listener that keeps what it hears."""

from __future__ import annotations

from typing import TypeVar

from voxpop.events import Event

E = TypeVar("E")


class RecordingListener:
    """Keeps every event, in order, in `events`."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        """Keep an event."""
        self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        """Give the events of one type, in order."""
        return [event for event in self.events if isinstance(event, kind)]
