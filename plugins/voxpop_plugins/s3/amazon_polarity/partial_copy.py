"""A copy of an object on this disk of which some spans of bytes have come, and others not yet.

    <name>.parquet   a sparse file as large as the object, each byte at its own place
    <name>.jsonl     the journal: whose copy it is, then a line for each span that is there

So a fetch that was cut or killed goes on where it was, and a sample needs its own spans alone,
while any reader of Parquet reads the copy as it would the whole. A line of the journal holds the
sha256 of its span: what a power cut has lost is seen, and fetched again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from voxpop import disk_fault
from voxpop_plugins.s3.listing import StoredObject

_CHUNK_BYTES = 2**20


class Span(NamedTuple):
    """The bytes start .. stop - 1."""

    start: int
    stop: int


class PartialCopy:
    """One object's copy; spans may come from several threads at once.

    One process at a time may use it: the caller holds a lock.

    Attributes:
        stored: the object.
        path: the sparse file.
        listed_sha256: of the whole object, in hex, if a manifest lists it.
        told_sha256: the same, if the object tells it and something of it has come.
    """

    def __init__(self, stored: StoredObject, folder: Path, sha256: str | None = None) -> None:
        name = hashlib.sha256(stored.key.encode()).hexdigest()[:32]
        self.stored = stored
        self.path = folder / f"{name}.parquet"
        self.listed_sha256 = sha256
        self.told_sha256: str | None = None
        self._journal = folder / f"{name}.jsonl"
        self._spans: list[Span] = []
        self._file = -1
        self._lines = -1
        self._adding = threading.Lock()

    def __enter__(self) -> Self:
        """Open the copy, with every span of it that an earlier fetch of this object left sound."""
        with self._guard("written"):
            sound = self._left_behind()
            flags = os.O_RDWR | os.O_CREAT
            self._file = os.open(self.path, flags, 0o644)
            if not sound:
                os.ftruncate(self._file, 0)
            os.ftruncate(self._file, self.stored.size)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
            self._lines = os.open(self._journal, flags, 0o644)
            _write_all(self._lines, _line(self._owner()))
            for record in sound:
                self._keep(record)
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in (self._file, self._lines):
            if descriptor >= 0:
                os.close(descriptor)
        self._file = self._lines = -1

    @property
    def files(self) -> tuple[Path, Path]:
        """What it consists of on the disk."""
        return self.path, self._journal

    @property
    def sha256(self) -> str | None:
        """What the sha256 of the whole object is, in hex; None when nothing tells it."""
        return self.listed_sha256 or self.told_sha256

    def missing(self, wanted: Iterable[Span]) -> list[Span]:
        """Give what is wanted and not there yet, in order, without overlaps."""
        with self._adding:
            here = sorted(self._spans)
        gaps: list[Span] = []
        reached = 0
        for span in sorted(wanted):
            start = max(span.start, reached)
            for have in here:
                if have.stop <= start:
                    continue
                if have.start >= span.stop:
                    break
                if have.start > start:
                    gaps.append(Span(start, have.start))
                start = max(start, have.stop)
            if start < span.stop:
                gaps.append(Span(start, span.stop))
            reached = max(reached, span.stop)
        return _joined(gaps)

    def write(self, position: int, data: bytes) -> None:
        """Put bytes in their place; they count when `add` tells of their span."""
        with self._guard("written"):
            left = memoryview(data)
            while left:
                written = os.pwrite(self._file, left, position)
                position += written
                left = left[written:]

    def read(self, span: Span) -> bytes:
        """Give the bytes of a span that is there."""
        with self._guard("read"):
            return os.pread(self._file, span.stop - span.start, span.start)

    def add(self, span: Span, sha256: str, whole: str | None) -> None:
        """Note that a span is there; `whole` is the sha256 that the object tells of itself."""
        record = {"start": span.start, "stop": span.stop, "sha256": sha256, "whole": whole}
        with self._adding, self._guard("written"):
            self._keep(record)

    def digest(self) -> str:
        """Give the sha256 of the copy, in hex."""
        with self._guard("read"), self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def forget(self) -> None:
        """Count nothing as there any more."""
        with self._guard("written"):
            os.ftruncate(self._lines, 0)
            _write_all(self._lines, _line(self._owner()))
            os.ftruncate(self._file, 0)
            os.ftruncate(self._file, self.stored.size)
        self._spans.clear()

    def _owner(self) -> dict[str, Any]:
        return {"etag": self.stored.etag, "bytes": self.stored.size}

    def _keep(self, record: dict[str, Any]) -> None:
        _write_all(self._lines, _line(record))
        self._spans.append(Span(record["start"], record["stop"]))
        self.told_sha256 = record["whole"]

    def _left_behind(self) -> list[dict[str, Any]]:
        """Give the journal's records of sound spans; none when it is another object's."""
        try:
            lines = self._journal.read_bytes().splitlines()
            if self.path.stat().st_size != self.stored.size:
                return []
            if not lines or json.loads(lines[0]) != self._owner():
                return []
            with self.path.open("rb") as file:
                return list(_sound_records(lines[1:], file))
        except (FileNotFoundError, ValueError):
            return []

    @contextlib.contextmanager
    def _guard(self, done: Literal["read", "written"]) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise disk_fault(error, self.path, done) from error


def _sound_records(lines: Iterable[bytes], file: Any) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            record = json.loads(line)
            left = record["stop"] - record["start"]
            file.seek(record["start"])
        except (ValueError, KeyError, TypeError):
            return  # the line that a kill or a power cut has cut
        digest = hashlib.sha256()
        while left > 0 and (chunk := file.read(min(left, _CHUNK_BYTES))):
            digest.update(chunk)
            left -= len(chunk)
        if digest.hexdigest() == record["sha256"]:
            yield record


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Make one of spans that follow each other without a gap."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].stop == span.start:
            joined[-1] = Span(joined[-1].start, span.stop)
        else:
            joined.append(span)
    return joined


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode() + b"\n"


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
