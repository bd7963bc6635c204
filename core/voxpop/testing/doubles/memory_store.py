"""An object store in memory: the smallest thing that keeps every promise of `ObjectStore`."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

from voxpop.errors import ObjectChangedError, ObjectNotFoundError, StoreError
from voxpop.interfaces import Tag


class MemoryStore:
    """Bytes under keys in a dictionary, safe among threads; gone with the process."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def read(self, key: str) -> tuple[bytes, Tag]:
        """Give an object whole, with its tag."""
        check_key(key)
        with self._lock:
            if key not in self._objects:
                raise ObjectNotFoundError(f"nothing is stored in memory under {key!r}")
            data = self._objects[key]
        return data, _tag_of(data)

    def write(self, key: str, data: bytes, *, expected: Tag | None) -> Tag:
        """Write if the object's tag is `expected` (None = the object must not exist)."""
        check_key(key)
        with self._lock:
            current = self._objects.get(key)
            if (None if current is None else _tag_of(current)) != expected:
                raise ObjectChangedError(
                    f"the object under {key!r} is not the expected one: "
                    "read it again and decide anew"
                )
            self._objects[key] = bytes(data)
        return _tag_of(data)

    def download(self, key: str, into: Path) -> None:
        """Write an object into the file `into`."""
        into.write_bytes(self.read(key)[0])

    def upload(self, source: Path, key: str) -> None:
        """Store a file under the key, whatever was there."""
        check_key(key)
        data = source.read_bytes()
        with self._lock:
            self._objects[key] = data

    def list(self, prefix: str) -> Iterator[str]:
        """Give the keys that begin with `prefix`, sorted."""
        with self._lock:
            keys = sorted(key for key in self._objects if key.startswith(prefix))
        return iter(keys)

    def delete(self, key: str) -> None:
        """Delete an object; nothing happens when there is none."""
        check_key(key)
        with self._lock:
            self._objects.pop(key, None)


def check_key(key: str) -> None:
    """Refuse a key that a directory or a bucket could read in another way than as "a/b/c"."""
    steps = key.split("/")
    if any(step in ("", ".", "..") for step in steps) or "\\" in key or not key.isprintable():
        raise StoreError(
            f"the key {key!r} cannot be used; a key is printable names joined by single slashes, "
            'such as "a/b/c", without "." or ".." among them'
        )


def _tag_of(data: bytes) -> Tag:
    return Tag(hashlib.sha256(data).hexdigest())
