"""A directory for the files of one run, gone when the run ends, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_LOCK = "in-use.lock"


@contextlib.contextmanager
def scratch_directory(below: Path) -> Iterator[Path]:
    """Make an empty directory below `below` and remove it afterwards.

    A run that was killed cannot tidy up after itself, so the next one does: a directory whose lock
    nobody holds has no owner any more (the system drops a lock with its process).
    """
    _remove_orphans(below)
    directory = Path(tempfile.mkdtemp(prefix="run-", dir=below))
    with (directory / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        inside = directory / "files"
        inside.mkdir()
        try:
            yield inside
        finally:
            shutil.rmtree(directory, ignore_errors=True)


def _remove_orphans(below: Path) -> None:
    for directory in below.glob("run-*"):
        with contextlib.suppress(OSError), (directory / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(directory, ignore_errors=True)
