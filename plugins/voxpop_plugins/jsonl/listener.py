"""A line of JSON for each event, added to a file that many runs may share.

Each line is one write to the end of the file, so what was written is there after a kill. A kill in
the middle of a write leaves a line without an end, which the next run ends before its own.
"""

from __future__ import annotations

import datetime
import json
import math
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from voxpop import Event, Progress, disk_fault
from voxpop_plugins.jsonl.config import JsonlConfig


class JsonlListener:
    """Writes each event as `{"at": ..., "run": ..., "event": ..., ...}`, `at` in UTC.

    `run` tells the runs in one file apart; `event` is the name of the event's class, and its fields
    follow. Numbers that JSON cannot hold are null.
    """

    def __init__(self, file: Path, *, progress: bool) -> None:
        self._file = file.expanduser().absolute()
        self._progress = progress
        self._run = uuid.uuid4().hex
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._append(b"\n" if _ends_within_a_line(self._file) else b"")
        except OSError as error:
            raise disk_fault(error, self._file, "written") from error

    def __call__(self, event: Event) -> None:
        """Add a line."""
        if isinstance(event, Progress) and not self._progress:
            return
        line = {
            "at": datetime.datetime.now(datetime.UTC).isoformat(),
            "run": self._run,
            "event": type(event).__name__,
            **{field.name: _plain(getattr(event, field.name)) for field in fields(event)},
        }
        self._append(json.dumps(line, allow_nan=False).encode() + b"\n")

    def _append(self, data: bytes) -> None:
        # Opened each time: a file that was moved away, as logs are, is begun anew.
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)


def open_jsonl(config: JsonlConfig) -> JsonlListener:
    """Open the file.

    Raises:
        StoreError: it cannot be written to.
    """
    return JsonlListener(config.file, progress=config.progress)


def _ends_within_a_line(file: Path) -> bool:
    if not file.exists() or not file.stat().st_size:
        return False
    with file.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) != b"\n"


def _plain(value: object) -> Any:
    """Give a field of an event as what JSON can hold."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    if hasattr(value, "__float__"):
        number = float(value)
        return number if math.isfinite(number) else None
    return str(value)
