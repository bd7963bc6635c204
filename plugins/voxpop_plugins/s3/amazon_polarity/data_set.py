"""Which shards are read: those of the manifest that `voxpop data push` left, or all there are.

Files that something else put there, such as those of the Hub, have no manifest: they are taken as
they lie.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from voxpop import (
    DataError,
    DatasetManifest,
    Listener,
    Notice,
    ObjectChangedError,
    read_stored_manifest,
)
from voxpop_plugins.s3.amazon_polarity.fetching import is_plain
from voxpop_plugins.s3.client import Bucket
from voxpop_plugins.s3.listing import StoredObject, list_objects
from voxpop_plugins.s3.store import S3Store

HUB_LABELS = ("negative", "positive")  # the column's 0 and 1, where no manifest says otherwise
_SHOWN = 3


@dataclass(frozen=True)
class DataSet:
    """What is to be read.

    Attributes:
        labels: the class names; a row's label is a position among them.
        splits: the shards of each split, sorted by key.
        sha256: of each shard, by its key, as the manifest says; empty when there is none.
    """

    labels: tuple[str, ...]
    splits: Mapping[str, Sequence[StoredObject]]
    sha256: Mapping[str, str]


def find_data_set(bucket: Bucket, listen: Listener) -> DataSet:
    """Find out what is to be read, and that all of it is there.

    Raises:
        DataError: there are no shards; a push has not ended; or the shards are not those of the
            manifest.
        ObjectChangedError: the shards changed while they were listed.
        StoreError: the bucket cannot be read.
    """
    # Listed before the manifest is read: a push writes the manifest first.
    splits = {name: _find_shards(bucket, name) for name in ("train", "test")}
    manifest = read_stored_manifest(S3Store(bucket), str(bucket.place))
    if manifest is not None:
        return _as_listed(manifest, bucket, splits)
    if not splits["train"]:
        raise DataError(_nothing_found(bucket))
    if is_plain(bucket) and splits != {name: _find_shards(bucket, name) for name in splits}:
        # A flipped bit in a list may hide a shard, and only a second list tells.
        raise ObjectChangedError(f"Two lists of the shards at {bucket.place} differ.")
    message = (
        f"there is no manifest.json at {bucket.place}: all shards there are read, with the labels "
        f"0 ({HUB_LABELS[0]}) and 1 ({HUB_LABELS[1]}); nothing tells whether one is missing"
    )
    listen(Notice(message=message))
    return DataSet(HUB_LABELS, splits, {})


def _as_listed(
    manifest: DatasetManifest, bucket: Bucket, splits: dict[str, list[StoredObject]]
) -> DataSet:
    if "validation" in manifest.splits:
        splits["validation"] = _find_shards(bucket, "validation")
    if next(_flaws(manifest, splits), None) is not None:
        # Perhaps a push ended between the lists and the manifest.
        splits = {name: _find_shards(bucket, name) for name in splits}
    flaws = list(_flaws(manifest, splits))
    if flaws:
        more = f" and {len(flaws) - _SHOWN} more" if len(flaws) > _SHOWN else ""
        raise DataError(
            f"The shards at {bucket.place} are not those that manifest.json there lists: "
            f"{', '.join(flaws[:_SHOWN])}{more}. `voxpop data check --store s3` lists all; put the "
            "data set there again: voxpop data push DIR"
        )
    return DataSet(
        manifest.labels, splits, {path: record.sha256 for path, record in manifest.files.items()}
    )


def _flaws(
    manifest: DatasetManifest, splits: Mapping[str, Sequence[StoredObject]]
) -> Iterator[str]:
    there = {stored.key: stored.size for some in splits.values() for stored in some}
    for key, record in manifest.files.items():
        if key not in there:
            yield f"{key} is missing"
        elif there[key] != record.bytes:
            yield f"{key} has {there[key]:,} bytes instead of {record.bytes:,}"
    for key in there.keys() - manifest.files.keys():
        yield f"{key} is not listed"


def _find_shards(bucket: Bucket, split: str) -> list[StoredObject]:
    return [
        stored
        for stored in list_objects(bucket, f"{split}/")
        if stored.key.endswith(".parquet") and stored.key.count("/") == 1
    ]


def _nothing_found(bucket: Bucket) -> str:
    some = [repr(stored.key) for stored in list_objects(bucket, "", most=3)]
    there = f"What lies there begins with {', '.join(some)}" if some else "Nothing lies there"
    return (
        f"There are no reviews at {bucket.place}train/*.parquet. {there}. Check the options "
        "`bucket` and `prefix` in [data]; `voxpop data push` puts reviews into a bucket"
    )
