"""Sealing: the step that makes a directory of saved parts a bundle."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from voxpop.bundle.files import check_files, list_files, record_file
from voxpop.bundle.manifest import (
    MANIFEST_NAME,
    Baseline,
    Calibration,
    DataRecord,
    GoldenPrediction,
    Manifest,
    PartRecords,
)
from voxpop.bundle.verification import MAX_MANIFEST_BYTES, explain
from voxpop.disk import disk_fault, write_synced
from voxpop.errors import BundleError


def seal_bundle(
    directory: Path,
    *,
    labels: Sequence[str],
    parts: PartRecords,
    run_config: Mapping[str, Any],
    data: DataRecord,
    metrics: Mapping[str, float],
    baseline: Baseline,
    golden: Sequence[GoldenPrediction],
    environment: Mapping[str, str],
    git_commit: str | None = None,
    calibration: Calibration | None = None,
    created_at: datetime.datetime | None = None,
) -> Manifest:
    """Hash every file that lies in `directory` and write the manifest, last and to the disk.

    Raises:
        BundleError: the directory holds what no bundle may hold, is sealed already, or a field of
            the manifest cannot be stored (a metric that is not finite).
        StoreError: a file cannot be read, or the manifest cannot be written.
    """
    target = directory / MANIFEST_NAME
    if target.exists():
        raise BundleError(
            f"{directory} is sealed already: {MANIFEST_NAME!r} is there. "
            "Save tokenizer and model into a new directory and seal that."
        )
    sizes = list_files(directory)
    check_files(sizes)
    if not sizes:
        raise BundleError(f"{directory} holds no file: save tokenizer and model there first.")
    try:
        manifest = Manifest(
            created_at=created_at or datetime.datetime.now(datetime.UTC),
            labels=tuple(labels),
            parts=parts,
            run_config=dict(run_config),
            data=data,
            metrics=dict(metrics),
            calibration=calibration or Calibration(),
            baseline=baseline,
            environment=dict(environment),
            git_commit=git_commit,
            golden=list(golden),
            files={path: record_file(directory, path) for path in sizes},
        )
        stored = manifest.to_bytes()
    except ValidationError as error:
        raise BundleError(f"{directory} cannot be sealed: {explain(error)}") from error
    except (TypeError, ValueError) as error:  # what JSON cannot hold, as NaN
        raise BundleError(
            f"{directory} cannot be sealed: its manifest would not be JSON ({error})."
        ) from error
    if len(stored) > MAX_MANIFEST_BYTES:
        raise BundleError(
            f"{directory} cannot be sealed: its manifest takes {len(stored):,} bytes, and "
            f"{MAX_MANIFEST_BYTES:,} are allowed."
        )
    try:
        write_synced(target, stored)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise disk_fault(error, target, "written") from error
    return manifest
