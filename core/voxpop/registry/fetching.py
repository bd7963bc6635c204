"""Fetching: a version appears on the disk whole and verified, or not at all."""

from __future__ import annotations

import glob
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from voxpop.bundle import verify_bundle
from voxpop.bundle.manifest import MANIFEST_NAME
from voxpop.bundle.verification import parse_manifest
from voxpop.disk import disk_fault
from voxpop.errors import BundleError, UsageError
from voxpop.interfaces import ObjectStore
from voxpop.registry.layout import version_files

_ABANDONED_S = 24 * 3_600.0


def fetch_version(
    store: ObjectStore, version: str, manifest_bytes: bytes, into: Path, where: str
) -> None:
    """Write the version's verified bundle into `into`, which must not exist or be empty.

    Raises:
        UsageError: `into` holds something else already.
        BundleError: what the store keeps is damaged.
        StoreError: the store cannot be read, or the disk not written.
    """
    manifest = parse_manifest(manifest_bytes, f"{where}: {version}", version)
    if _is_taken(into):
        raise UsageError(
            f"{into} exists and is not empty. Give a directory that does not exist yet."
        )
    with _staging(into) as staged:
        for path, record in manifest.files.items():
            target = staged / path
            with _written(target):
                target.parent.mkdir(parents=True, exist_ok=True)
            store.download(f"{version_files(version)}{path}", target)
            if target.stat().st_size != record.bytes:
                raise BundleError(
                    f"{where}: {version}: {path!r} is damaged: the registry keeps "
                    f"{target.stat().st_size:,} bytes where its manifest says {record.bytes:,}. "
                    "Publish the bundle again from its directory, or train again."
                )
        with _written(staged / MANIFEST_NAME):
            (staged / MANIFEST_NAME).write_bytes(manifest_bytes)
        try:
            verify_bundle(staged, version)
        except BundleError as error:
            told = str(error).removeprefix(f"{staged}: ")
            raise BundleError(f"{where}: {version}: {told}") from error
        _put(staged, into, version)


def _is_taken(into: Path) -> bool:
    with _written(into):
        return into.is_symlink() or (into.exists() and any(into.iterdir()))


def _put(staged: Path, into: Path, version: str) -> None:
    try:
        staged.rename(into)
    except OSError as error:
        if not _is_taken(into):
            raise disk_fault(error, into, "written") from error
        # Another process fetched into the same place meanwhile: fine if it fetched the same.
        verify_bundle(into, version)


@contextmanager
def _staging(into: Path) -> Iterator[Path]:
    """Give a new directory beside `into`, on the same disk, gone afterwards."""
    prefix = f".{into.name}.fetching-"
    staged = into.parent / f"{prefix}{uuid.uuid4().hex}"
    with _written(staged):
        into.parent.mkdir(parents=True, exist_ok=True)
        for left in into.parent.glob(f"{glob.escape(prefix)}*"):  # by processes that were killed
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > _ABANDONED_S:
                    shutil.rmtree(left, ignore_errors=True)
        staged.mkdir()
    try:
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        named = os.fsdecode(error.filename) if error.filename else path
        raise disk_fault(error, Path(named), "written") from error
