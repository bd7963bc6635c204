"""What a disk refuses, said so that a person can mend it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Literal

from voxpop.errors import StoreAccessError, StoreError, StoreFullError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHTS = {errno.EACCES, errno.EPERM, errno.EROFS}


def disk_fault(error: OSError, path: Path, done: Literal["read", "written"]) -> StoreError:
    """Give the fault to raise (`from error`) when `path` could not be read or written.

    A full disk gives a StoreFullError, missing rights a StoreAccessError, all else a StoreError.
    """
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return StoreFullError(
            f"No room is left for {str(path)!r} ({reason}). "
            "Free some space on that disk or choose another directory, then try again."
        )
    if error.errno in _NO_RIGHTS:
        return StoreAccessError(
            f"{str(path)!r} cannot be {done} ({reason}) by this user (uid {os.getuid()}). "
            "Give the user the rights, or choose another directory."
        )
    return StoreError(
        f"{str(path)!r} cannot be {done} ({reason}). "
        "See that the path is right and its disk is well, then try again."
    )


def write_synced(path: Path, data: bytes) -> None:
    """Write a new file so that it lasts: its bytes and its name are on the disk on return."""
    with path.open("xb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
