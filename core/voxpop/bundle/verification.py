"""Verification: a bundle is trusted only after every byte of it was checked.

Sizes and digests of all files are compared before any of them is parsed. Without the version that
is wanted, a bundle proves only that it is whole; with it, that it is the very one.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from pydantic import ValidationError

from voxpop.bundle.files import check_files, list_files, not_plain, record_file
from voxpop.bundle.manifest import MANIFEST_NAME, SCHEMA_VERSION, Manifest, version_of
from voxpop.disk import disk_fault
from voxpop.errors import BundleError

MAX_MANIFEST_BYTES = 4 * 2**20

_AGAIN = "Do not use it: fetch the bundle again, or train again."


def verify_bundle(directory: Path, version: str | None = None) -> tuple[Manifest, str]:
    """Check a whole bundle, and that it is `version` when one is given.

    Returns:
        What the bundle says of itself, and its version.

    Raises:
        BundleError: a file is damaged, missing, unlisted, no plain file or under an illegal name,
            or the manifest is not what a bundle of this version has. The message names the file.
        StoreError: a file cannot be read.
    """
    stored = read_manifest_bytes(directory)
    manifest = parse_manifest(stored, str(directory), version)
    there = list_files(directory)
    for path in sorted(manifest.files.keys() | there.keys()):
        if path not in manifest.files:
            raise BundleError(
                f"{directory}: {path!r} is not listed in {MANIFEST_NAME}: somebody added it after "
                "the bundle was sealed. Remove it, or fetch the bundle again."
            )
        if path not in there:
            raise BundleError(f"{directory}: {path!r} is missing. {_AGAIN}")
        if there[path] != manifest.files[path].bytes:
            raise BundleError(
                f"{directory}: {path!r} is damaged: it has {there[path]:,} bytes where "
                f"{MANIFEST_NAME} says {manifest.files[path].bytes:,}. {_AGAIN}"
            )
    for path, listed in manifest.files.items():
        found = record_file(directory, path)
        if found != listed:
            raise BundleError(
                f"{directory}: {path!r} is damaged: its sha256 is {found.sha256} where "
                f"{MANIFEST_NAME} says {listed.sha256}. {_AGAIN}"
            )
    return manifest, version_of(stored)


def read_manifest(directory: Path, version: str | None = None) -> Manifest:
    """Read a bundle's manifest alone, and check that it is `version`'s when one is given.

    Raises:
        BundleError: there is no manifest, or it cannot be trusted.
        StoreError: it cannot be read.
    """
    return parse_manifest(read_manifest_bytes(directory), str(directory), version)


def parse_manifest(stored: bytes, where: str, version: str | None = None) -> Manifest:
    """Make a manifest of its stored bytes; `where` (a directory, a store) is for messages.

    Raises:
        BundleError: the bytes are not those that `version` names, not a manifest, a manifest of a
            newer Voxpop, or one that lists what no bundle may hold.
    """
    if len(stored) > MAX_MANIFEST_BYTES:
        raise _damaged(where, f"it is larger than {MAX_MANIFEST_BYTES:,} bytes")
    if version is not None and version_of(stored) != version:
        raise _damaged(where, f"it is the manifest of {version_of(stored)}, not of {version}")
    try:
        content = json.loads(stored)
        newer = isinstance(content, dict) and _is_newer(content.get("schema_version"))
    except (ValueError, RecursionError) as error:
        raise _damaged(where, f"it is not JSON ({type(error).__name__})") from error
    if newer:
        raise BundleError(
            f"{where}: {MANIFEST_NAME} has schema_version {content['schema_version']}, and this "
            f"Voxpop reads up to {SCHEMA_VERSION}: a newer Voxpop made the bundle. "
            "Upgrade: pip install --upgrade voxpop."
        )
    try:
        manifest = Manifest.model_validate(content)
        canonical = manifest.to_bytes()
    except ValidationError as error:
        raise _damaged(where, explain(error)) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(where, f"it holds what JSON cannot ({error})") from error
    if canonical != stored:  # one content has one form, hence one version
        raise _damaged(where, "it is not sorted, compact UTF-8 JSON as Voxpop writes it")
    try:
        check_files({path: record.bytes for path, record in manifest.files.items()})
    except BundleError as error:
        raise BundleError(f"{where}: {MANIFEST_NAME}: {error}") from error
    return manifest


def explain(error: ValidationError) -> str:
    """Say in one line what is wrong with which fields, at most three of them."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    shown = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problems[:3]]
    return "; ".join(shown) + ("; and more" if len(problems) > len(shown) else "")


def _is_newer(schema_version: object) -> bool:
    return isinstance(schema_version, int) and schema_version > SCHEMA_VERSION


def read_manifest_bytes(directory: Path) -> bytes:
    """Read a bundle's manifest as it is stored, unchecked but for its size: at most a bit too long.

    Raises:
        BundleError: there is none, or it is no plain file.
        StoreError: it cannot be read.
    """
    path = directory / MANIFEST_NAME
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as source:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise not_plain(directory, MANIFEST_NAME)
            return source.read(MAX_MANIFEST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BundleError(
            f"{directory} is no bundle: it has no {MANIFEST_NAME!r}. Give the directory of a "
            "bundle, such as one that `voxpop registry pull` wrote."
        ) from error
    except OSError as error:
        if path.is_symlink():
            raise not_plain(directory, MANIFEST_NAME) from error
        raise disk_fault(error, path, "read") from error


def _damaged(where: str, reason: str) -> BundleError:
    return BundleError(f"{where}: {MANIFEST_NAME!r} is damaged or forged: {reason}. {_AGAIN}")
