"""Writes what a data source gives as shards; the directory appears whole or not at all."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from voxpop.bundle.manifest import PartRecord
from voxpop.data.checks import check_splits
from voxpop.data.split import Split
from voxpop.disk import disk_fault, write_synced
from voxpop.errors import DataError, UsageError
from voxpop.events import Listener, Notice, Progress, ignore_events
from voxpop.interfaces import Splits
from voxpop.parts import DataSourcePart
from voxpop.plugins import Plugins
from voxpop.run_config.checking import Selected
from voxpop.scratch import scratch_directory
from voxpop.shards.manifest import (
    DATASET_MANIFEST,
    SPLIT_NAMES,
    DatasetManifest,
    ShardRecord,
    SourceRecord,
    SplitRecord,
    read_dataset_manifest,
)
from voxpop.shards.paths import without_folders
from voxpop.shards.writing import ROWS_PER_FILE, keeps_apart, write_split

KEEP_APART = "keep_apart"
"""The option, a boolean, by which a data source gives title and content as extras too."""

_SCRATCH = ".voxpop-unfinished"  # beside the directory, so that a rename is all that is left to do


def fetch_shards(
    source: Selected[DataSourcePart[Any]],
    directory: Path,
    *,
    plugins: Plugins,
    replace: bool = False,
    listen: Listener = ignore_events,
    rows_per_file: int = ROWS_PER_FILE,
) -> DatasetManifest:
    """Read the reviews of a data source and write them as shards with a manifest.

    A fetch that is killed leaves nothing in `directory`; the next one begins anew, but takes what
    the source itself has kept in its cache.

    Args:
        source: the data source and its options. One that has the option `keep_apart` is told to
            give title and content apart; of another, the whole text becomes the content.
        directory: where the data set goes; it must not exist or be empty.
        plugins: where the source comes from.
        replace: write over a data set that is there.
        listen: hears of the progress.
        rows_per_file: reviews a file.

    Raises:
        UsageError: something is in the directory already.
        DataError: the reviews cannot be used.
        StoreError: the directory cannot be written to.
    """
    directory = directory.expanduser().absolute()
    _require_free(directory, replace)
    options = source.options
    if KEEP_APART in type(options).model_fields:
        options = options.model_copy(update={KEEP_APART: True})
    splits = source.part.load(options, listen)
    check_splits(splits, listen)
    if not keeps_apart(splits.train):
        listen(
            Notice(
                message=f"The data source {source.part.name!r} gives no titles apart: every title "
                "is empty, and the whole text is the content"
            )
        )
    origin = plugins.origin(source.part)
    record = SourceRecord(
        part=PartRecord(
            name=source.part.name, distribution=origin.distribution, version=origin.version
        ),
        options=without_folders(source.options.model_dump(mode="json")),
    )
    with _beside(directory) as scratch:
        fresh = scratch / "fresh"
        manifest = _write(splits, fresh, record, rows_per_file, listen)
        with _faults(directory):
            _put(fresh, directory, scratch / "old")
    return manifest


def _write(
    splits: Splits, fresh: Path, source: SourceRecord, rows_per_file: int, listen: Listener
) -> DatasetManifest:
    files: dict[str, ShardRecord] = {}
    records: dict[Any, SplitRecord] = {}
    for name in SPLIT_NAMES:
        split: Split | None = getattr(splits, name)
        if split is None:
            continue
        folder = fresh / name
        with _faults(folder):
            folder.mkdir(parents=True)
        total, stage = len(split), f"writing the {name} split"

        def tell(done: int, stage: str = stage, total: int = total) -> None:
            listen(Progress(stage=stage, done=done, total=total))

        shards = write_split(split, folder, splits.labels, tell, rows_per_file)
        files |= {f"{name}/{shard}": record for shard, record in shards.items()}
        counts = np.bincount(split.labels, minlength=len(splits.labels)).tolist()
        records[name] = SplitRecord(
            rows=total, labels=dict(zip(splits.labels, counts, strict=True))
        )
    manifest = DatasetManifest(
        created_at=datetime.datetime.now(datetime.UTC),
        source=source,
        labels=splits.labels,
        splits=records,
        files=files,
    )
    with _faults(fresh / DATASET_MANIFEST):
        write_synced(fresh / DATASET_MANIFEST, manifest.to_bytes())
    return manifest


def _require_free(directory: Path, replace: bool) -> None:
    with _faults(directory):
        if not directory.exists():
            return
        if not directory.is_dir():
            raise UsageError(f"{str(directory)!r} is a file. Name a directory for the data set")
        if next(directory.iterdir(), None) is None:
            return
    if not replace:
        raise UsageError(
            f"{str(directory)!r} is not empty. Choose another directory; or, if it holds a data "
            "set, check it with `voxpop data check`, or write over it with --replace"
        )
    try:
        read_dataset_manifest(directory)
    except DataError as error:
        raise UsageError(
            f"{str(directory)!r} holds other things than a data set of Voxpop, and these are never "
            f"replaced ({error}). Choose another directory"
        ) from error


def _put(fresh: Path, directory: Path, old: Path) -> None:
    if directory.is_dir() and next(directory.iterdir(), None) is not None:
        directory.rename(old)
    fresh.rename(directory)  # also over an empty directory


@contextlib.contextmanager
def _beside(directory: Path) -> Iterator[Path]:
    """Give an empty directory on the same disk; gone afterwards, and swept after a kill."""
    place = directory.parent / _SCRATCH
    inside = contextlib.ExitStack()
    with _faults(directory):
        place.mkdir(parents=True, exist_ok=True)
        scratch = inside.enter_context(scratch_directory(place))
    try:
        with inside:
            yield scratch
    finally:
        with contextlib.suppress(OSError):  # another fetch is under way beside this one
            place.rmdir()


@contextlib.contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_fault(error, path, "written") from error
