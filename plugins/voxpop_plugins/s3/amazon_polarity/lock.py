"""Keeps several processes from fetching the same objects at once."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from voxpop import Listener, Notice, disk_fault


class MadeMeanwhileError(Exception):
    """Another process held the lock: what was wanted may be there by now."""


class FetchLock:
    """One process at a time; the system lets go of it when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self, listen: Listener) -> None:
        """Take the lock; nothing happens when it is ours already.

        Raises:
            MadeMeanwhileError: another process had it, and has let go of it: look again.
            StoreError: the file of the lock cannot be used.
        """
        if self._descriptor is not None:
            return
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise disk_fault(error, self._path, "written") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            try:
                listen(Notice(message="another process fetches the same reviews; waiting for it"))
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            finally:
                os.close(descriptor)
            raise MadeMeanwhileError from error
        self._descriptor = descriptor

    def acquire_if_free(self) -> bool:
        """Take the lock unless another process has it; tell whether it is ours now.

        Raises:
            OSError: the file of the lock cannot be used.
        """
        if self._descriptor is None:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(descriptor)
                if isinstance(error, BlockingIOError):
                    return False
                raise
            self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let go of the lock. Its file stays: who waits for it has it open."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
