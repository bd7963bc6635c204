"""The spool: feedback on this machine's disk from its acceptance until the store has it.

    <spool>/<process>/.lock            held while the process lives
    <spool>/<process>/<batch>.open     records that were accepted; each is forced to the disk
    <spool>/<process>/<batch>.jsonl    a batch on its way, under the name that it has in the log

The next `.open` is there before the one at hand becomes a batch, by one rename: whatever fails, the
process writes into a file of its own. What a process left that was killed belongs to whoever finds
it unlocked. A last line without its end was never accepted and is dropped.
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

from voxpop import StoreError, StoreFullError, disk_fault

_LOCK = ".lock"
_OPEN = ".open"
_BATCH = ".jsonl"
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
            self._file, self._path = self._create()
        except OSError as error:
            raise disk_fault(error, self._own, "written") from error
        self._bytes = 0  # in the open file
        self._sealed_bytes = 0

    @property
    def size_bytes(self) -> int:
        """How much this process accepted that the store does not have yet."""
        return self._bytes + self._sealed_bytes

    def append(self, lines: bytes) -> None:
        """Write records so that they outlive a power cut, or not at all.

        Raises:
            StoreFullError: there is no room left, in the spool or on its disk.
            StoreError: the disk cannot be written, or somebody removed the file; `seal` mends that.
        """
        with self._change:
            if not self._is_there():
                raise StoreError(f"{self._path} was removed by somebody else")
            if self.size_bytes + len(lines) > self._most_bytes:
                raise StoreFullError(
                    f"The feedback spool {self._own} holds {self.size_bytes:,} bytes that its "
                    f"store did not take yet, of {self._most_bytes:,} that it may"
                )
            try:
                _write(self._file, lines)
            except OSError as error:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._file, self._bytes)
                raise disk_fault(error, self._path, "written") from error
            self._bytes += len(lines)

    def seal(self) -> None:
        """Make a batch of what was accepted since the last one, if anything was.

        Raises:
            StoreError: the disk failed; what was accepted stays where it is, and more is accepted.
        """
        with self._change:
            try:
                if not self._is_there():
                    self._mend()
                if not self._bytes:
                    return
                file, path = self._create()
                try:
                    self._path.rename(self._path.with_suffix(_BATCH))
                except OSError:
                    _discard(file, path)
                    raise
            except OSError as error:
                raise disk_fault(error, self._own, "written") from error
            self._go_on(file, path)
            self._sealed_bytes += self._bytes
            self._bytes = 0

    def batches(self) -> Iterator[Path]:
        """Give every batch on its way: this process's own, and those that dead processes left.

        Whoever sends one says so by `sent`. A dead process's folder is gone once it is empty.
        """
        yield from sorted(self._own.glob(f"*{_BATCH}"))
        for folder in sorted(self._root.iterdir()):
            if folder == self._own:
                continue
            with contextlib.suppress(OSError), (folder / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _seal_orphan(folder)
                yield from sorted(folder.glob(f"*{_BATCH}"))
                if not any(folder.glob(f"*{_BATCH}*")):
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
        if not self.size_bytes and not any(self._own.glob(f"*{_BATCH}*")):
            shutil.rmtree(self._own, ignore_errors=True)
        self._lock.close()

    def _is_there(self) -> bool:
        """Say whether the open file has a name: without one it is gone when the process ends."""
        return os.fstat(self._file).st_nlink > 0

    def _create(self) -> tuple[int, Path]:
        """Make an empty file to write into, under the name of a batch that is to be."""
        path = self._own / f"{uuid.uuid4().hex}{_OPEN}"
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            _sync(self._own)
        except OSError:
            _discard(file, path)
            raise
        return file, path

    def _mend(self) -> None:
        """Write what is in the open file, which has no name any more, into one that has."""
        file, path = self._create()
        try:
            _write(file, os.pread(self._file, self._bytes, 0))
        except OSError:
            _discard(file, path)
            raise
        self._go_on(file, path)

    def _go_on(self, file: int, path: Path) -> None:
        """Write into another file from now on."""
        before, self._file, self._path = self._file, file, path
        with contextlib.suppress(OSError):  # every record in it was forced to the disk
            os.close(before)


def _write(file: int, lines: bytes) -> None:
    view = memoryview(lines)
    while view:
        view = view[os.write(file, view) :]
    os.fsync(file)


def _discard(file: int, path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
    os.close(file)


def _seal_orphan(folder: Path) -> None:
    for left in folder.glob(f"*{_OPEN}"):
        data = left.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if whole:
            with left.open("r+b") as file:
                file.truncate(len(whole))
                os.fsync(file.fileno())
            left.rename(left.with_suffix(_BATCH))
        else:
            left.unlink()
    _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
