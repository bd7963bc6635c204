"""Keeps converted reviews on disk, so that the next run maps them into memory at once.

An entry is a directory named by its key, which names the content that it was made from:

    <key>/reviews.arrow   the reviews, an Arrow IPC stream
    <key>/entry.json      the digest and size of that file, and the source's notes

It is made aside and appears by one rename; what is found is checked against its digests before it
is used, and made anew when it is damaged. Any number of processes may do so at once.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from voxpop.data.libraries import import_datasets
from voxpop.data.split import Split
from voxpop.data.split_writer import SplitWriter
from voxpop.disk import disk_fault
from voxpop.scratch import scratch_directory

logger = logging.getLogger(__name__)

_FORMAT = 1
_REVIEWS = "reviews.arrow"
_ENTRY = "entry.json"
_ATTEMPTS = 5

Notes = Mapping[str, Any]


def cached_split(
    cache: Path, key: str, write: Callable[[SplitWriter], Notes]
) -> tuple[Split, Notes]:
    """Give the split that is cached under `key`; `write` makes it when there is none.

    Args:
        cache: the source's own directory, as `cache_directory(name)` gives it.
        key: lower-case hex digits that name everything that the reviews depend on: the bytes they
            are read from, the options, and a number of the code that converts them.
        write: writes all reviews, in order; what it raises leaves no entry. It returns notes,
            JSON-able, that are kept and given back with the split.

    Raises:
        StoreFullError: no room is left for the reviews.
        StoreAccessError: the cache cannot be written to or read.
    """
    if not re.fullmatch(r"[0-9a-f]{8,64}", key):
        raise ValueError(f"a key of the cache is 8 to 64 hex digits: {key!r}")
    import_datasets()  # rather tell now than after the reading that it is missing
    place = cache / key
    for _ in range(_ATTEMPTS):
        found = _open(place)
        if found is not None:
            return found
        _make(place, write)
    raise disk_fault(OSError(errno.EIO, "what was written reads back damaged"), place, "read")


def _open(place: Path) -> tuple[Split, Notes] | None:
    """Give the entry, or None when it is missing or damaged."""
    with _guard(place, "read"):
        try:
            entry = json.loads((place / _ENTRY).read_bytes())
            about = entry["about"]
            sound = entry["sha256"] == _digest_of(about) and about["format"] == _FORMAT
            with (place / _REVIEWS).open("rb") as file:
                sound = sound and os.fstat(file.fileno()).st_size == about["bytes"]
                sound = sound and hashlib.file_digest(file, "sha256").hexdigest() == about["sha256"]
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except (ValueError, KeyError, TypeError):  # entry.json is no JSON, or not of this shape
            return None
    if not sound:
        return None
    dataset = import_datasets().Dataset.from_file(str(place / _REVIEWS))
    return Split(dataset), about["notes"]


def _make(place: Path, write: Callable[[SplitWriter], Notes]) -> None:
    """Write the entry aside and rename it into place; another process may be quicker."""
    guard = functools.partial(_guard, place, "written")
    with guard():
        place.parent.mkdir(parents=True, exist_ok=True)
        inside = contextlib.ExitStack()
        scratch = inside.enter_context(scratch_directory(place.parent))
    with inside:
        fresh = scratch / "fresh"
        with guard():
            fresh.mkdir()
            out = inside.enter_context((fresh / _REVIEWS).open("wb", buffering=0))
        # Unbuffered: nothing is left to be written, and to fail, when the file is closed.
        writer = SplitWriter(out, guard)
        notes = write(writer)
        digest, size = writer.finish()
        about = {"format": _FORMAT, "sha256": digest, "bytes": size, "notes": dict(notes)}
        with guard():
            out.close()
            (fresh / _ENTRY).write_text(json.dumps({"about": about, "sha256": _digest_of(about)}))
            _put(fresh, place, scratch / "old")


def _put(fresh: Path, place: Path, old: Path) -> None:
    """Rename `fresh` to `place` unless a sound entry is there by now."""
    if place.exists() and _open(place) is None:
        logger.warning("The cached reviews in %s are damaged; made anew", place)
        with contextlib.suppress(FileNotFoundError):  # another process has moved them
            place.rename(old)
    try:
        fresh.rename(place)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


@contextlib.contextmanager
def _guard(place: Path, done: Literal["read", "written"]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fault = disk_fault(error, place, done)
        raise type(fault)(f"{fault} (Cached reviews lie below VOXPOP_HOME.)") from error


def _digest_of(about: object) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
