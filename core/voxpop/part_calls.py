"""Calls into parts: what goes wrong in a plugin's code is told as that part's fault.

A part runs in our process, so its `sys.exit` would end ours without a word, and its refused
connection would look like a fault of our own disk. Both become a PluginError that names the part.
What else it raises stays as it is, for its author needs the traceback; a note says whose it is.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from voxpop.bundle.manifest import PartRecord
from voxpop.disk import disk_fault
from voxpop.errors import PluginError, StoreError, VoxpopError
from voxpop.events import RunStopped
from voxpop.settings import Settings

_FULL = (errno.ENOSPC, errno.EDQUOT)
_OF_THE_DISK = (*_FULL, errno.EACCES, errno.EROFS)


def called(kind: str, record: PartRecord) -> str:
    """Say how messages call a part: `The model 'bilstm' (voxpop 0.1.0)`."""
    return f"The {kind} {record.name!r} ({record.distribution} {record.version})"


@contextlib.contextmanager
def part_at_work(who: str, doing: str) -> Iterator[None]:
    """Tell what is raised inside as the fault of a part.

    Args:
        who: the part, as `called` gives it.
        doing: what it was asked for, such as "fitting".

    Raises:
        PluginError: the part ended the process, or raised an OSError of its own.
        StoreError: what VOXPOP_HOME is on is full, or refuses to be written.
    """
    try:
        yield
    except SystemExit as error:
        raise PluginError(
            f"{who} tried to end the process (sys.exit({error.code!r})) while {doing}. A part "
            "raises an error instead. Tell the plugin's author."
        ) from error
    except OSError as error:
        fault = own_disk_fault(error)
        if fault is not None:
            raise fault from error
        raise PluginError(
            f"{who} failed while {doing}: {type(error).__name__}: {error}. See that what it needs "
            "is there; --debug shows where in its code that happened."
        ) from error
    except PluginError as error:
        if type(error) is not PluginError or str(error).startswith(who):
            raise
        raise PluginError(f"{who} failed while {doing}. {error}") from error
    except (VoxpopError, RunStopped):
        raise
    except Exception as error:
        error.add_note(f"{who} raised this while {doing}.")
        raise


def own_disk_fault(error: OSError) -> StoreError | None:
    """Give the fault to raise when what VOXPOP_HOME is on is full or refuses; None for any other.

    A full disk often names no file: then it is taken for the one that runs write to.
    """
    if error.errno not in _OF_THE_DISK:
        return None
    home = Settings().home
    if error.filename is None and error.errno in _FULL:
        return disk_fault(error, home, "written")
    if not isinstance(error.filename, str | bytes | os.PathLike):
        return None
    path = Path(os.path.abspath(os.fsdecode(error.filename)))  # noqa: PTH100 - as `home` is made
    return disk_fault(error, path, "written") if path.is_relative_to(home) else None
