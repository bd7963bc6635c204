"""Reads the reviews of a bucket: fetched and converted once, and then mapped into memory."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from voxpop import (
    DataError,
    Listener,
    Notice,
    ObjectChangedError,
    ObjectNotFoundError,
    Split,
    Splits,
    SplitWriter,
    StoreFullError,
    cache_directory,
    cached_split,
    disk_fault,
)
from voxpop_plugins.s3.amazon_polarity.config import AmazonPolarityConfig
from voxpop_plugins.s3.amazon_polarity.conversion import LABELS, convert
from voxpop_plugins.s3.amazon_polarity.fetching import fetch, fetch_whole
from voxpop_plugins.s3.amazon_polarity.lock import FetchLock, MadeMeanwhileError
from voxpop_plugins.s3.amazon_polarity.partial_copy import PartialCopy
from voxpop_plugins.s3.amazon_polarity.sampling import draw, take_all
from voxpop_plugins.s3.amazon_polarity.shards import RowGroup, read_row_groups
from voxpop_plugins.s3.client import Bucket, connect
from voxpop_plugins.s3.listing import StoredObject, list_objects

_CONVERSION = 1  # raise it when the same objects come out differently
_ATTEMPTS = 3


def load_amazon_polarity(config: AmazonPolarityConfig, listen: Listener) -> Splits:
    """Give `train`, and `test` when there is one, each with the rows of its shards in order.

    Raises:
        DataError: there are no shards, or one cannot be used; the message names it.
        StoreError: the bucket cannot be read, or the cache not written to.
    """
    bucket = connect(config)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _load(bucket, config, listen)
        except (ObjectChangedError, ObjectNotFoundError) as error:
            if attempt == _ATTEMPTS:
                raise ObjectChangedError(
                    f"The shards in {bucket.place} changed {_ATTEMPTS} times while they were read. "
                    "Start again when nobody writes them"
                ) from error
            listen(Notice(message=f"the shards in {bucket.place} have changed; reading them anew"))
    raise AssertionError("the last attempt returns or raises")


def _load(bucket: Bucket, config: AmazonPolarityConfig, listen: Listener) -> Splits:
    train, test = (_find_shards(bucket, name) for name in ("train", "test"))
    if not train:
        raise DataError(_nothing_found(bucket))
    return Splits(
        train=_load_split("train", train, bucket, config, listen),
        test=_load_split("test", test, bucket, config, listen) if test else None,
        labels=LABELS,
    )


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


def _load_split(
    name: str,
    stored: Sequence[StoredObject],
    bucket: Bucket,
    config: AmazonPolarityConfig,
    listen: Listener,
) -> Split:
    cache = cache_directory("amazon-polarity")
    folder = _fetch_folder(cache, name, bucket)
    lock = FetchLock(folder / "lock")
    copies = [PartialCopy(each, folder) for each in stored]

    def write(writer: SplitWriter) -> Mapping[str, object]:
        lock.acquire(listen)
        _remove_others(folder, copies)
        with contextlib.ExitStack() as opened:
            for copy in copies:
                opened.enter_context(copy)
            try:
                _fetch_and_convert(name, copies, bucket, config, writer, listen)
            except DataError:
                for copy in copies:
                    copy.forget()  # perhaps it came so: the next run fetches it anew
                raise
        return {}

    key = _cache_key(stored, bucket, config)
    while True:
        try:
            split, _ = cached_split(cache, key, write)
        except MadeMeanwhileError:
            continue
        else:
            if lock.is_held:
                for copy in copies:
                    copy.remove()
            break
        finally:
            lock.release()
    if not len(split):
        raise DataError(f"The shards at {bucket.place}{name}/*.parquet hold no reviews")
    return split


def _fetch_and_convert(
    name: str,
    copies: Sequence[PartialCopy],
    bucket: Bucket,
    config: AmazonPolarityConfig,
    writer: SplitWriter,
    listen: Listener,
) -> None:
    fetching = f"fetching the {name} reviews"
    shards = read_row_groups(bucket, copies, listen, f"looking at the {name} reviews")
    if config.limit is None:
        sample = take_all(shards)
        _require_room(copies, shards, sample.groups, sum(copy.stored.size for copy in copies))
        fetch_whole(bucket, copies, listen, fetching)
    else:
        sample = draw(shards, config.limit, config.seed)
        wanted = {
            copy: [span for at in those for span in groups[at].spans]
            for copy, groups, those in zip(copies, shards, sample.groups, strict=True)
        }
        packed = sum(span.stop - span.start for spans in wanted.values() for span in spans)
        _require_room(copies, shards, sample.groups, packed)
        fetch(bucket, wanted, listen, fetching)
    convert(
        *(copies, shards, sample, writer, listen),
        stage=f"reading the {name} reviews",
        location=str(bucket.place),
    )


def _require_room(
    copies: Sequence[PartialCopy],
    shards: Sequence[Sequence[RowGroup]],
    chosen: Sequence[Sequence[int]],
    packed_bytes: int,
) -> None:
    """Refuse at once what would fill the disk an hour later."""
    folder = copies[0].path.parent
    here = sum(copy.path.stat().st_blocks * 512 for copy in copies)
    unpacked = sum(
        groups[at].unpacked_bytes
        for groups, those in zip(shards, chosen, strict=True)
        for at in those
    )
    needed, free = max(0, packed_bytes - here) + unpacked, shutil.disk_usage(folder).free
    if needed > free:
        raise StoreFullError(
            f"The reviews need {needed / 1e6:,.0f} MB below {str(folder.parents[1])!r}, and "
            f"{free / 1e6:,.0f} MB are free. Free some space, point VOXPOP_HOME at another disk, "
            "or set `limit` in [data]"
        )


def _fetch_folder(cache: Path, name: str, bucket: Bucket) -> Path:
    """Give the folder for the copies of this split's shards, whatever they hold today."""
    place = f"{bucket.place.endpoint_url} {bucket.place}{name}"
    folder = cache / "fetching" / hashlib.sha256(place.encode()).hexdigest()[:32]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_fault(error, folder, "written") from error
    return folder


def _remove_others(folder: Path, copies: Sequence[PartialCopy]) -> None:
    """Remove what an earlier fetch left of objects that are gone."""
    ours = {"lock", *(path.name for copy in copies for path in copy.files)}
    for path in folder.iterdir():
        if path.name not in ours:
            path.unlink(missing_ok=True)


def _cache_key(stored: Sequence[StoredObject], bucket: Bucket, config: AmazonPolarityConfig) -> str:
    """Name all that the converted reviews depend on.

    An ETag tells the contents of one key apart, and need not tell those of two buckets.
    """
    about = {
        "conversion": _CONVERSION,
        "endpoint_url": bucket.place.endpoint_url,
        "place": str(bucket.place),
        "objects": [[each.key, each.etag, each.size] for each in stored],
        "sample": None if config.limit is None else [config.limit, config.seed],
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]
