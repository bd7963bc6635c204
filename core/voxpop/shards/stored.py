"""What a store holds under a key, told by its sha256."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Protocol, runtime_checkable

from voxpop.errors import ObjectNotFoundError
from voxpop.interfaces import ObjectStore


@runtime_checkable
class KnowsDigests(Protocol):
    """A store that can tell an object's sha256 without sending the object.

    Optional: of any other store, the object is downloaded and hashed.
    """

    def sha256(self, key: str) -> str | None:
        """Give the sha256 of an object as 64 hex digits; None when it is not known.

        Raises:
            ObjectNotFoundError: nothing is stored under the key.
        """


def stored_sha256(store: ObjectStore, key: str, *, download: bool = False) -> str | None:
    """Give the sha256 of an object, or None when there is no such object.

    Args:
        store: where the object is.
        key: its key.
        download: fetch the bytes and hash them, whatever the store knows.

    Raises:
        StoreError: the store cannot be read.
    """
    try:
        if not download and isinstance(store, KnowsDigests):
            known = store.sha256(key)
            if known is not None:
                return known
        with tempfile.TemporaryDirectory(prefix="voxpop-check-") as scratch:
            into = Path(scratch, "object")
            store.download(key, into)
            with into.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    except ObjectNotFoundError:
        return None
