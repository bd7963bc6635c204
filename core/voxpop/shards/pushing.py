"""Puts a data set into a store.

Its manifest goes first, saying `writing`, and is written over when every file is there: whoever
reads meanwhile, or after a push that was stopped, is told. No object has to be deleted for that.
"""

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
    harm. Deleting is asked of the store only where `replace` finds files to take away.

    Args:
        directory: a sound data set.
        store: where it goes.
        replace: if the store holds another data set, write over it, and delete its files that
            this one has not.
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
    is_whole = present is not None and not is_other and present.state == "whole"
    if not is_whole:
        tag = _begin(manifest, store, None if is_other else present, tag)
    for path in extra:
        store.delete(path)
    sent, kept = _send(directory, manifest, store, there, listen)
    if not is_whole:
        _commit(manifest, store, tag)
    return Pushed(sent=sent, kept=kept, deleted=extra)


def _refuse_other(is_other: bool, extra: tuple[str, ...]) -> None:
    advice = "Push to another place (--set prefix=...), or write over it with --replace"
    if is_other:
        raise UsageError(f"The store holds another data set there, or part of one. {advice}")
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


def _begin(
    manifest: DatasetManifest,
    store: ObjectStore,
    begun: DatasetManifest | None,
    tag: Tag | None,
) -> Tag | None:
    """Say that the data set is being written; gives the manifest's tag."""
    if begun is not None:  # by a push of the same data that was stopped, or is under way
        return tag
    data = manifest.model_copy(update={"state": "writing"}).to_bytes()
    try:
        return store.write(DATASET_MANIFEST, data, expected=tag)
    except ObjectChangedError:
        other, tag = _manifest_in(store)
        if other is None or not manifest.is_same_data(other):
            raise
        return tag  # Somebody else began to push the same data at the same time.


def _commit(manifest: DatasetManifest, store: ObjectStore, tag: Tag | None) -> None:
    try:
        store.write(DATASET_MANIFEST, manifest.to_bytes(), expected=tag)
    except ObjectChangedError:
        other, _ = _manifest_in(store)
        if other is None or not manifest.is_same_data(other) or other.state != "whole":
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
