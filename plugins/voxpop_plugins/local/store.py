"""The local store: one file an object, in a directory of this machine.

Bytes are written to a file of their own, forced to the disk and renamed into place, so that a
reader sees an object's old bytes or its new ones, also after a crash. Whoever changes an object
holds a lock that the kernel takes back when its process dies; readers need no lock and no right to
write. A tag is the sha256 of the bytes.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedIOBase
from pathlib import Path
from typing import Literal

from voxpop import ObjectChangedError, ObjectNotFoundError, StoreError, Tag, disk_fault

_OWN = ".voxpop"  # in the store's directory: the lock and the files being written
_ABANDONED_S = 3_600.0
_CHUNK_BYTES = 2**20


class LocalStore:
    """Objects in `directory`, which the first write makes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.expanduser().absolute()
        self._lock = self.directory / _OWN / "lock"
        self._unfinished = self.directory / _OWN / "unfinished"
        self._swept = False

    def read(self, key: str) -> tuple[bytes, Tag]:
        """Give an object whole, with its tag."""
        with self._opened(key) as source:
            data = source.read()
        return data, Tag(hashlib.sha256(data).hexdigest())

    def write(self, key: str, data: bytes, *, expected: Tag | None) -> Tag:
        """Write if the object's tag is `expected` (None = the object must not exist)."""
        path = self._path(key)
        with _faults(path, "written"), self._new_file() as (new, out):
            out.write(data)
            _sync(out)
            with self._locked():
                present = self._tag(key)
                if present != expected:
                    raise ObjectChangedError(
                        f"{str(path)!r} {_state(present)} and not, as expected, "
                        f"{_state(expected)}: somebody else wrote it meanwhile. Read it again and "
                        "decide anew."
                    )
                self._put(new, path)
        return Tag(hashlib.sha256(data).hexdigest())

    def download(self, key: str, into: Path) -> None:
        """Write an object into the file `into`."""
        with self._opened(key) as source, _faults(into, "written"), into.open("wb") as out:
            shutil.copyfileobj(source, out, _CHUNK_BYTES)

    def upload(self, source: Path, key: str) -> None:
        """Store a file under the key, whatever was there."""
        path = self._path(key)
        with _faults(source, "read"):
            opened = source.open("rb")
        with opened, _faults(path, "written"), self._new_file() as (new, out):
            shutil.copyfileobj(opened, out, _CHUNK_BYTES)
            _sync(out)
            with self._locked():
                self._put(new, path)

    def sha256(self, key: str) -> str:
        """Give the sha256 of an object, read from the disk."""
        with self._opened(key) as source:
            return hashlib.file_digest(source, "sha256").hexdigest()

    def list(self, prefix: str) -> Iterator[str]:
        """Give the keys that begin with `prefix`, sorted."""
        folder, slash, _ = prefix.rpartition("/")
        top = self._path(folder) if slash else self.directory
        with _faults(top, "read"):
            if self.directory.is_file():  # a mistake; an empty list would hide it
                raise NotADirectoryError(errno.ENOTDIR, "it is a file", str(self.directory))
            keys = _files_below(top, folder + slash)
            return iter(sorted(key for key in keys if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        """Delete an object; nothing happens when there is none."""
        path = self._path(key)
        if not path.parent.is_dir():
            return
        with _faults(path, "written"), self._locked():
            with suppress(FileNotFoundError, IsADirectoryError):
                path.unlink()
                _sync_directory(path.parent)
            for parent in path.parents:  # a folder lives as long as there is a key below it
                if parent == self.directory:
                    break
                try:
                    parent.rmdir()
                except OSError:
                    break

    def _path(self, key: str) -> Path:
        segments = key.split("/")
        legal = all(segment not in ("", ".", "..") for segment in segments)
        if not legal or segments[0] == _OWN or "\\" in key or not key.isprintable():
            raise StoreError(
                f"{key!r} cannot be a key. A key is printable names joined by '/', such as "
                f"'a/b/c'; none is empty, '.' or '..', the first is not {_OWN!r}, none holds '\\'."
            )
        return self.directory.joinpath(*segments)

    @contextmanager
    def _opened(self, key: str) -> Iterator[BufferedIOBase]:
        path = self._path(key)
        with _faults(path, "read"):
            try:
                handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            except (FileNotFoundError, NotADirectoryError) as error:
                raise self._nothing(key) from error
            if not stat.S_ISREG(os.fstat(handle).st_mode):  # a folder of longer keys
                os.close(handle)
                raise self._nothing(key)
            with os.fdopen(handle, "rb") as source:
                yield source

    def _nothing(self, key: str) -> ObjectNotFoundError:
        return ObjectNotFoundError(f"There is no object {key!r} in {self.directory}.")

    def _tag(self, key: str) -> Tag | None:
        try:
            with self._opened(key) as source:
                return Tag(hashlib.file_digest(source, "sha256").hexdigest())
        except ObjectNotFoundError:
            return None

    @contextmanager
    def _new_file(self) -> Iterator[tuple[Path, BufferedIOBase]]:
        """Give a file to write on the store's own disk; gone afterwards unless it was put."""
        self._unfinished.mkdir(parents=True, exist_ok=True)
        if not self._swept:
            self._sweep()
        new = self._unfinished / uuid.uuid4().hex
        try:
            with new.open("xb") as out:
                yield new, out
        finally:
            new.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what killed processes were writing; a live one writes and so renews its file."""
        for left in self._unfinished.iterdir():
            with suppress(OSError):  # another process sweeps too, or the file is another user's
                if time.time() - left.stat().st_mtime > _ABANDONED_S:
                    left.unlink()
        self._swept = True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Be the only one, of all threads and processes, that changes what names stand for."""
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)  # closing is not enough: a fork may share it

    def _put(self, new: Path, path: Path) -> None:
        missing = []
        for folder in path.parents:
            if folder.is_dir():
                break
            missing.append(folder)
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            _sync_directory(folder.parent)
        new.replace(path)
        _sync_directory(path.parent)


def _files_below(folder: Path, start: str) -> Iterator[str]:
    """Give the keys of all plain files below the folder, whose own key is `start`."""
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):  # nothing there, or deleted meanwhile
        return
    for entry in entries:
        key = f"{start}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if key != _OWN:
                yield from _files_below(folder / entry.name, f"{key}/")
        elif entry.is_file(follow_symlinks=False):
            yield key


def _sync(out: BufferedIOBase) -> None:
    out.flush()
    os.fsync(out.fileno())


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _state(tag: Tag | None) -> str:
    return "is absent" if tag is None else f"is there with the tag {tag[:12]}"


@contextmanager
def _faults(path: Path, done: Literal["read", "written"]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_fault(error, path, done) from error
