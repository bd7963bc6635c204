"""Registers the listener that writes events as JSON lines."""

from __future__ import annotations

from collections.abc import Iterable

from voxpop import Listener, ListenerPart, hookimpl
from voxpop_plugins.jsonl.config import JsonlConfig


def open_listener(config: JsonlConfig) -> Listener:
    """Open the file and give what writes to it."""
    from voxpop_plugins.jsonl.listener import open_jsonl

    return open_jsonl(config)


@hookimpl
def voxpop_listeners() -> Iterable[ListenerPart[JsonlConfig]]:
    """Offer the listener."""
    yield ListenerPart(
        name="jsonl",
        summary="Every event as a line of JSON in a file",
        config=JsonlConfig,
        open=open_listener,
    )
