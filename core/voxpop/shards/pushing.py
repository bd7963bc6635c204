"""Puts a data set into a store. Its manifest goes last: before that, the store holds none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voxpop.errors import DataError, ObjectChangedError, ObjectNotFoundError, UsageError
from voxpop.events import Listener, Progress, ignore_events
from voxpop.interfaces import ObjectStore, Tag
from voxpop.shards.checking import check_directory, stored_shards
from voxpop.shards.manifest import DATASET_MANIFEST, DatasetManifest, parse_dataset_manifest
from voxpop.shards.stored import stored_sha256


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """What a push did: the files that were sent, already there, and deleted."""

    sent: tuple[str, ...]
    kept: tuple[str, ...]
    deleted: tuple[str, ...]


def push_shards(
    directory: Path,
    store: ObjectStore,
    *,
    replace: bool = False,
    listen: Listener = ignore_events,
) -> Pushed:
    """Store a data set; a file that is there with the right checksum is not sent again.

    The files are checked against the manifest before the first is sent. A push that is killed, or
    fails, goes on where it was when it is started again. Several at once of the same data do no
    harm.

    Args:
        directory: a sound data set.
        store: where it goes.
        replace: if the store holds another data set, take its manifest away first, delete its
            files that this one has not, and write over the others.
        listen: hears of the progress.

    Raises:
        DataError: the data set in the directory is not sound.
        UsageError: the store holds another data set, or files that are not of this one.
        StoreError: the store or the disk failed; push again.
    """
    manifest, flaws = check_directory(directory, listen)
    if flaws:
        listed = "\n".join(f"  {flaw.kind}: {flaw.path}" for flaw in flaws)
        raise DataError(
            f"{str(directory)!r} is not as its manifest says:\n{listed}\n"
            "Remove the extra files; if others are listed, fetch the data set anew"
        )
    present, tag = _manifest_in(store)
    is_other = tag is not None and (present is None or not manifest.is_same_data(present))
    there = stored_shards(store)
    extra = tuple(sorted(there - manifest.files.keys()))
    if not replace:
        _refuse_other(is_other, extra)
    if is_other or (extra and tag is not None):
        store.delete(DATASET_MANIFEST)
        tag = None
    for path in extra:
        store.delete(path)
    sent, kept = _send(directory, manifest, store, there, listen)
    if tag is None:
        _commit(manifest, store)
    return Pushed(sent=sent, kept=kept, deleted=extra)


def _refuse_other(is_other: bool, extra: tuple[str, ...]) -> None:
    advice = "Push to another place (--set prefix=...), or write over it with --replace"
    if is_other:
        raise UsageError(f"The store holds another data set there. {advice}")
    if extra:
        shown = ", ".join(extra[:5]) + (", ..." if len(extra) > 5 else "")
        raise UsageError(
            f"The store holds {len(extra)} files there that are not of this data set ({shown}). "
            f"{advice}, which deletes them"
        )


def _send(
    directory: Path,
    manifest: DatasetManifest,
    store: ObjectStore,
    there: set[str],
    listen: Listener,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    sent, kept, done = [], [], 0
    for path, record in sorted(manifest.files.items()):
        if path in there and stored_sha256(store, path) == record.sha256:
            kept.append(path)
        else:
            store.upload(directory / path, path)
            sent.append(path)
        done += record.bytes
        listen(Progress(stage="sending the files", done=done, total=manifest.size, unit="bytes"))
    return tuple(sent), tuple(kept)


def _commit(manifest: DatasetManifest, store: ObjectStore) -> None:
    try:
        store.write(DATASET_MANIFEST, manifest.to_bytes(), expected=None)
    except ObjectChangedError:
        other, _ = _manifest_in(store)
        if other is None or not manifest.is_same_data(other):
            raise
        # Somebody else pushed the same data at the same time.


def _manifest_in(store: ObjectStore) -> tuple[DatasetManifest | None, Tag | None]:
    """Give the manifest and its tag: no tag when there is none, no manifest when it is damaged."""
    try:
        data, tag = store.read(DATASET_MANIFEST)
    except ObjectNotFoundError:
        return None, None
    try:
        return parse_dataset_manifest(data, DATASET_MANIFEST), tag
    except DataError:
        return None, tag
