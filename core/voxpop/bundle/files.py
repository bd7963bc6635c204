"""Which files a bundle may hold: plain ones, few, not too large, under names legal anywhere.

The bounds hold when a bundle is sealed and again, before a byte is fetched or parsed, when it is
verified.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from voxpop.bundle.manifest import MANIFEST_NAME, FileRecord
from voxpop.disk import disk_fault
from voxpop.errors import BundleError

MAX_FILES = 1_000
MAX_BUNDLE_BYTES = 4 * 2**30  # all files together
MAX_PATH_LENGTH = 200

# One segment of a path. It leaves no room for "..", "", ".", "\", "C:" nor NUL, and means the same
# on every file system and in every object store.
_SEGMENT = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.+-]*[A-Za-z0-9_+-])?")


def check_path(path: str) -> None:
    """Refuse a path that is not plain, relative and legal on every file system.

    Raises:
        BundleError: the path might lead out of the bundle or mean something else elsewhere.
    """
    legal = all(_SEGMENT.fullmatch(segment) for segment in path.split("/"))
    if not legal or len(path) > MAX_PATH_LENGTH:
        raise BundleError(
            f"The bundle has a file called {path!r}, which is not allowed. A path is relative, at "
            f"most {MAX_PATH_LENGTH} characters long, and its parts hold only A-Z, a-z, 0-9 and "
            "'_', '.', '+', '-', with no '.' or '-' or '+' first and no '.' last."
        )


def check_files(files: Mapping[str, int]) -> None:
    """Refuse a set of files (bytes by path) that no bundle may hold.

    Raises:
        BundleError: too many or too large, a name that is not allowed, or two names that are one
            on a file system that ignores case.
    """
    if len(files) > MAX_FILES:
        raise BundleError(
            f"The bundle has {len(files):,} files; at most {MAX_FILES:,} are allowed. "
            "Let the model save fewer files."
        )
    total = 0
    kinds = {MANIFEST_NAME: (MANIFEST_NAME, "file")}  # by path in lower case
    for path in sorted(files):
        check_path(path)
        parents = [str(parent) for parent in PurePosixPath(path).parents][:-1]
        for name, kind in [*((parent, "directory") for parent in parents), (path, "file")]:
            spelling, other = kinds.setdefault(name.lower(), (name, kind))
            if (spelling, other) != (name, kind) or path == MANIFEST_NAME:
                raise BundleError(
                    f"The bundle's {kind} {name!r} clashes with its {other} {spelling!r}: they "
                    "would be one on a file system that ignores case. Rename one of them."
                )
        total += files[path]
        if total > MAX_BUNDLE_BYTES:
            raise BundleError(
                f"The bundle is too large: with {path!r} ({files[path]:,} bytes) its files hold "
                f"{total:,} bytes, and {MAX_BUNDLE_BYTES:,} are allowed. Save a smaller model."
            )


def list_files(directory: Path) -> dict[str, int]:
    """Give the sizes in bytes of all files under the directory, by path, the manifest's left out.

    Raises:
        BundleError: there is a link or something else that is no plain file, or an illegal name.
        StoreError: the directory cannot be read.
    """
    found: dict[str, int] = {}
    entries_seen = 0
    pending = [""]
    try:
        while pending:
            prefix = pending.pop()
            with os.scandir(directory / prefix) as entries:
                for entry in entries:
                    path = prefix + entry.name
                    check_path(path)
                    entries_seen += 1
                    if entries_seen > 2 * MAX_FILES:
                        raise BundleError(
                            f"{directory}: more than {2 * MAX_FILES:,} files and directories; "
                            f"a bundle has at most {MAX_FILES:,} files."
                        )
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(f"{path}/")
                    elif entry.is_file(follow_symlinks=False):
                        found[path] = entry.stat(follow_symlinks=False).st_size
                    else:
                        raise not_plain(directory, path)
    except NotADirectoryError as error:
        raise BundleError(f"{directory} is no directory; a bundle is one.") from error
    except OSError as error:
        raise disk_fault(error, Path(error.filename or directory), "read") from error
    found.pop(MANIFEST_NAME, None)
    return dict(sorted(found.items()))


def record_file(directory: Path, path: str) -> FileRecord:
    """Give the size and the sha256 of one file of the bundle, bounded in memory.

    Raises:
        BundleError: the file is missing, or no plain file.
        StoreError: the file cannot be read.
    """
    try:
        # Without O_NONBLOCK a pipe in the file's place would hold us for ever.
        handle = os.open(directory / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as source:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode):
                raise not_plain(directory, path)
            digest = hashlib.file_digest(source, "sha256").hexdigest()
            return FileRecord(sha256=digest, bytes=os.fstat(handle).st_size)
    except FileNotFoundError as error:
        raise BundleError(
            f"{directory}: {path!r} is missing. Fetch the bundle again, or train again."
        ) from error
    except OSError as error:
        if (directory / path).is_symlink():
            raise not_plain(directory, path) from error
        raise disk_fault(error, directory / path, "read") from error


def not_plain(directory: Path, path: str) -> BundleError:
    """Give the fault of a link, a pipe, a device or a directory where a file should be."""
    return BundleError(
        f"{directory}: {path!r} is a link or something else that is no plain file, and a bundle "
        "holds plain files only. Remove it, or copy what it points at in its place."
    )
