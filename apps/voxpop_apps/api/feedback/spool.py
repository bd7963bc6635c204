"""The spool: feedback on this machine's disk from its acceptance until the store has it.

    <spool>/<process>/.lock            held while the process lives
    <spool>/<process>/open             records that were accepted; each is forced to the disk
    <spool>/<process>/<batch>.jsonl    a batch on its way, under the name that it has in the log

What a process left that was killed belongs to whoever finds it unlocked. A last line without its
end was never accepted and is dropped.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

from voxpop import StoreFullError, disk_fault

_LOCK = ".lock"
_OPEN = "open"
_DAMAGED = ".damaged"


class Spool:
    """A process's part of the spool. Safe among threads.

    Args:
        root: the folder of all processes' spools; made when it is missing.
        most_bytes: what may lie there of this process; more is refused.

    Raises:
        StoreError: the folder cannot be made or written to.
    """

    def __init__(self, root: Path, most_bytes: int) -> None:
        self._root = root
        self._most_bytes = most_bytes
        self._own = root / uuid.uuid4().hex
        self._change = threading.Lock()
        try:
            self._own.mkdir(parents=True)
            self._lock = (self._own / _LOCK).open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self._file = self._open()
        except OSError as error:
            raise disk_fault(error, self._own, "written") from error
        self._bytes = 0  # in `open`
        self._sealed_bytes = 0

    @property
    def size_bytes(self) -> int:
        """How much this process accepted that the store does not have yet."""
        return self._bytes + self._sealed_bytes

    def append(self, lines: bytes) -> None:
        """Write records so that they outlive a power cut, or not at all.

        Raises:
            StoreFullError: there is no room left, in the spool or on its disk.
            StoreError: the disk cannot be written.
        """
        with self._change:
            if self.size_bytes + len(lines) > self._most_bytes:
                raise StoreFullError(
                    f"The feedback spool {self._own} holds {self.size_bytes:,} bytes that its "
                    f"store did not take yet, of {self._most_bytes:,} that it may"
                )
            try:
                view = memoryview(lines)
                while view:
                    view = view[os.write(self._file, view) :]
                os.fsync(self._file)
            except OSError as error:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._file, self._bytes)
                raise disk_fault(error, self._own / _OPEN, "written") from error
            self._bytes += len(lines)

    def seal(self) -> None:
        """Make a batch of what was accepted since the last one, if anything was."""
        with self._change:
            if not self._bytes:
                return
            try:
                (self._own / _OPEN).rename(self._own / f"{uuid.uuid4().hex}.jsonl")
                os.close(self._file)
                self._file = self._open()
                _sync(self._own)
            except OSError as error:
                raise disk_fault(error, self._own, "written") from error
            self._sealed_bytes += self._bytes
            self._bytes = 0

    def batches(self) -> Iterator[Path]:
        """Give every batch on its way: this process's own, and those that dead processes left.

        Whoever sends one says so by `sent`. A dead process's folder is gone once it is empty.
        """
        yield from sorted(self._own.glob("*.jsonl"))
        for folder in sorted(self._root.iterdir()):
            if folder == self._own:
                continue
            with contextlib.suppress(OSError), (folder / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _seal_orphan(folder)
                yield from sorted(folder.glob("*.jsonl"))
                if not any(folder.glob("*.jsonl*")):
                    shutil.rmtree(folder, ignore_errors=True)

    def sent(self, batch: Path) -> None:
        """Remove a batch that the store has."""
        size = batch.stat().st_size
        batch.unlink()
        if batch.parent == self._own:
            self._sealed_bytes -= size

    def set_aside(self, batch: Path) -> None:
        """Keep a batch that cannot be read where a person can look at it."""
        size = batch.stat().st_size
        batch.rename(batch.with_name(batch.name + _DAMAGED))
        if batch.parent == self._own:
            self._sealed_bytes -= size

    def close(self) -> None:
        """Give up the lock; what was not sent is for the next process."""
        os.close(self._file)
        if not self.size_bytes and not any(self._own.glob("*.jsonl*")):
            shutil.rmtree(self._own, ignore_errors=True)
        self._lock.close()

    def _open(self) -> int:
        file = os.open(self._own / _OPEN, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        _sync(self._own)
        return file


def _seal_orphan(folder: Path) -> None:
    left = folder / _OPEN
    if not left.exists():
        return
    data = left.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if whole:
        with left.open("r+b") as file:
            file.truncate(len(whole))
            os.fsync(file.fileno())
        left.rename(folder / f"{uuid.uuid4().hex}.jsonl")
    else:
        left.unlink()
    _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
