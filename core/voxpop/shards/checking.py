"""Compares a data set with its manifest, and lists every difference."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from voxpop.disk import disk_fault
from voxpop.errors import DataError, ObjectNotFoundError
from voxpop.events import Listener, Progress, ignore_events
from voxpop.interfaces import ObjectStore
from voxpop.shards.manifest import (
    DATASET_MANIFEST,
    SPLIT_NAMES,
    DatasetManifest,
    read_dataset_manifest,
)
from voxpop.shards.stored import read_stored_manifest, stored_sha256

_STAGE = "checking the files"


@dataclass(frozen=True)
class Flaw:
    """One file that is not as the manifest says."""

    path: str
    kind: Literal["missing", "changed", "extra"]


def check_directory(
    directory: Path, listen: Listener = ignore_events
) -> tuple[DatasetManifest, list[Flaw]]:
    """Read every file of a data set on this machine and compare it with the manifest.

    Returns:
        The manifest, and what is wrong, sorted by path; empty when the data set is sound.

    Raises:
        DataError: there is no manifest, or it is damaged.
        StoreError: something cannot be read.
    """
    manifest = read_dataset_manifest(directory)
    present = {path for path in _files_below(directory) if path != DATASET_MANIFEST}

    def digest(path: str) -> str | None:
        try:
            with (directory / path).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_fault(error, directory / path, "read") from error

    return manifest, _compare(manifest, present, digest, listen)


def check_store(
    store: ObjectStore, listen: Listener = ignore_events, *, download: bool = False
) -> tuple[DatasetManifest, list[Flaw]]:
    """Compare what a store holds with the manifest there.

    Extra files are looked for in the folders of the splits alone: the rest of the store may be
    used for something else.

    Args:
        store: where the data set is.
        listen: hears of the progress.
        download: fetch every file and hash its bytes; otherwise the sha256 that the store keeps of
            each is believed, where it keeps one.

    Returns:
        The manifest, and what is wrong, sorted by path; empty when the data set is sound.

    Raises:
        ObjectNotFoundError: the store holds no data set.
        DataError: its manifest is damaged or missing, or a push has not ended.
        StoreError: the store cannot be read.
    """
    manifest = read_stored_manifest(store)
    if manifest is None:
        if bare := stored_shards(store):
            raise DataError(
                f"The store holds {len(bare):,} files of a data set there and no "
                f"{DATASET_MANIFEST}: nothing tells whether all are there, and unchanged. "
                "A copy that can be checked is made by: voxpop data fetch DIR, voxpop data push DIR"
            )
        raise ObjectNotFoundError(
            f"The store holds no data set there: it has no {DATASET_MANIFEST}. Put one there with: "
            "voxpop data push DIR"
        )

    def digest(path: str) -> str | None:
        return stored_sha256(store, path, download=download)

    return manifest, _compare(manifest, stored_shards(store), digest, listen)


def stored_shards(store: ObjectStore) -> set[str]:
    """Give every key below the folders of the splits."""
    return {key for name in SPLIT_NAMES for key in store.list(f"{name}/")}


def _compare(
    manifest: DatasetManifest,
    present: Iterable[str],
    digest: Callable[[str], str | None],
    listen: Listener,
) -> list[Flaw]:
    there = set(present)
    flaws = [Flaw(path, "extra") for path in there - manifest.files.keys()]
    done = 0
    for path, record in manifest.files.items():
        found = digest(path) if path in there else None
        if found is None:
            flaws.append(Flaw(path, "missing"))
        elif found != record.sha256:
            flaws.append(Flaw(path, "changed"))
        done += record.bytes
        listen(Progress(stage=_STAGE, done=done, total=manifest.size, unit="bytes"))
    return sorted(flaws, key=lambda flaw: flaw.path)


def _files_below(directory: Path) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise disk_fault(error, Path(error.filename or directory), "read") from error

    for folder, _, names in os.walk(directory, onerror=refuse):
        for name in names:
            yield (Path(folder) / name).relative_to(directory).as_posix()
