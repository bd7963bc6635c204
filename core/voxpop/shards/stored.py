"""What a store holds: the manifest of a data set, and the sha256 of an object."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Protocol, runtime_checkable

from voxpop.errors import ObjectNotFoundError
from voxpop.interfaces import ObjectStore
from voxpop.shards.manifest import (
    DATASET_MANIFEST,
    DatasetManifest,
    parse_dataset_manifest,
    require_whole,
)


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


def read_stored_manifest(store: ObjectStore, where: str = "") -> DatasetManifest | None:
    """Give the manifest of the data set in a store; None when there is none.

    Files that were not put there by a push have none. Whoever lists files does so before this: a
    push writes its manifest first, so that files of a push are never seen without one.

    Args:
        store: where the data set is.
        where: names the place in messages, such as "s3://bucket/prefix/".

    Raises:
        DataError: it is damaged, or says that a push has not ended.
        StoreError: the store cannot be read.
    """
    try:
        data, _ = store.read(DATASET_MANIFEST)
    except ObjectNotFoundError:
        return None
    name = f"{where}{DATASET_MANIFEST}" if where else f"{DATASET_MANIFEST} in the store"
    return require_whole(parse_dataset_manifest(data, name), name)


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
