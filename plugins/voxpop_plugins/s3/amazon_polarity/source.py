"""Reads the reviews of a bucket: fetched and converted once, and then mapped into memory."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence

import numpy as np

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
)
from voxpop_plugins.s3.amazon_polarity.config import AmazonPolarityConfig
from voxpop_plugins.s3.amazon_polarity.conversion import convert
from voxpop_plugins.s3.amazon_polarity.data_set import DataSet, find_data_set
from voxpop_plugins.s3.amazon_polarity.fetch_folder import (
    fetch_folder,
    remove_all_but,
    remove_copies,
)
from voxpop_plugins.s3.amazon_polarity.fetching import fetch, fetch_whole
from voxpop_plugins.s3.amazon_polarity.lock import FetchLock, MadeMeanwhileError
from voxpop_plugins.s3.amazon_polarity.partial_copy import PartialCopy
from voxpop_plugins.s3.amazon_polarity.sampling import Sample, draw, take_all
from voxpop_plugins.s3.amazon_polarity.shards import RowGroup, read_row_groups
from voxpop_plugins.s3.client import Bucket, connect

_CONVERSION = 2  # raise it when the same objects come out differently
_ATTEMPTS = 3


def load_amazon_polarity(config: AmazonPolarityConfig, listen: Listener) -> Splits:
    """Give the splits that the bucket has, each with the rows of its shards in order.

    Raises:
        DataError: there are no shards, they are not those of their manifest, or one cannot be
            used; the message names it.
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
    found = find_data_set(bucket, listen)
    loaded = {
        name: _load_split(name, found, bucket, config, listen)
        for name, shards in found.splits.items()
        if shards
    }
    return Splits(
        train=loaded["train"],
        validation=loaded.get("validation"),
        test=loaded.get("test"),
        labels=found.labels,
    )


def _load_split(
    name: str, found: DataSet, bucket: Bucket, config: AmazonPolarityConfig, listen: Listener
) -> Split:
    cache = cache_directory("amazon-polarity")
    folder = fetch_folder(cache, name, bucket, config)
    lock = FetchLock(folder / "lock")
    shards = found.splits[name]
    copies = [PartialCopy(each, folder, found.sha256.get(each.key)) for each in shards]

    def write(writer: SplitWriter) -> Mapping[str, object]:
        lock.acquire(listen)
        remove_all_but(folder, copies)
        with contextlib.ExitStack() as opened:
            for copy in copies:
                opened.enter_context(copy)
            try:
                sample = _fetch_and_convert(name, copies, found, bucket, config, writer, listen)
            except DataError:
                for copy in copies:
                    copy.forget()  # perhaps it came so: the next run fetches it anew
                raise
        return {"row_groups": sum(map(len, sample.groups))}

    while True:
        try:
            split, notes = cached_split(cache, _cache_key(name, found, bucket, config), write)
        except MadeMeanwhileError:
            continue
        else:
            remove_copies(folder, lock)
            break
        finally:
            lock.release()
    if not len(split):
        raise DataError(f"The shards at {bucket.place}{name}/*.parquet hold no reviews")
    if config.limit is not None:
        _require_labels(name, split, notes["row_groups"], found.labels)
    return split


def _fetch_and_convert(
    name: str,
    copies: Sequence[PartialCopy],
    found: DataSet,
    bucket: Bucket,
    config: AmazonPolarityConfig,
    writer: SplitWriter,
    listen: Listener,
) -> Sample:
    fetching = f"fetching the {name} reviews"
    shards = read_row_groups(bucket, copies, listen, f"looking at the {name} reviews")
    _require_listed(copies, bucket)
    everything = take_all(shards)
    sample = everything if config.limit is None else draw(shards, config.limit, config.seed)
    if sample.keep is None and sample.groups == everything.groups:
        _require_room(copies, shards, sample, sum(copy.stored.size for copy in copies))
        fetch_whole(bucket, copies, listen, fetching)
    else:
        wanted = {
            copy: [span for at in those for span in groups[at].spans]
            for copy, groups, those in zip(copies, shards, sample.groups, strict=True)
        }
        packed = sum(span.stop - span.start for spans in wanted.values() for span in spans)
        _require_room(copies, shards, sample, packed)
        fetch(bucket, wanted, listen, fetching)
    convert(
        *(copies, shards, sample, writer, listen),
        labels=found.labels,
        stage=f"reading the {name} reviews",
        location=str(bucket.place),
    )
    return sample


def _require_listed(copies: Sequence[PartialCopy], bucket: Bucket) -> None:
    """Refuse an object that tells of itself that it is not the one of the manifest."""
    for copy in copies:
        if None not in (copy.listed_sha256, copy.told_sha256) and (
            copy.listed_sha256 != copy.told_sha256
        ):
            raise DataError(
                f"{bucket.place}{copy.stored.key} is another file than the one that manifest.json "
                "there lists. Put the data set there again: voxpop data push DIR"
            )


def _require_labels(name: str, split: Split, groups: int, labels: Sequence[str]) -> None:
    """Say that it is the sample when it lacks what the shards may well have."""
    counts = np.bincount(split.labels, minlength=len(labels))
    lacking = [repr(label) for label, count in zip(labels, counts, strict=True) if not count]
    if lacking and (name == "train" or len(lacking) == len(labels) - 1):
        raise DataError(
            f"The {len(split):,} reviews of {name} that `limit` drew have none that is "
            f"{' or '.join(lacking)}. They come from {groups:,} row groups, and reviews of one "
            "group tend to be alike where shards are sorted by label: raise `limit`, try another "
            "`seed` in [data], or leave `limit` out"
        )


def _require_room(
    copies: Sequence[PartialCopy],
    shards: Sequence[Sequence[RowGroup]],
    sample: Sample,
    packed_bytes: int,
) -> None:
    """Refuse at once what would fill the disk an hour later."""
    folder = copies[0].path.parent
    here = sum(copy.path.stat().st_blocks * 512 for copy in copies)
    unpacked = sum(
        groups[at].unpacked_bytes
        for groups, those in zip(shards, sample.groups, strict=True)
        for at in those
    )
    kept = 1.0 if sample.keep is None else float(sample.keep.mean())
    needed = max(0, packed_bytes - here) + kept * unpacked
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise StoreFullError(
            f"The reviews need {needed / 1e6:,.0f} MB below {str(folder.parents[1])!r}, and "
            f"{free / 1e6:,.0f} MB are free. Free some space, point VOXPOP_HOME at another disk, "
            "or set `limit` in [data]"
        )


def _cache_key(name: str, found: DataSet, bucket: Bucket, config: AmazonPolarityConfig) -> str:
    """Name all that the converted reviews depend on.

    An ETag tells the contents of one key apart, and need not tell those of two buckets.
    """
    about = {
        "conversion": _CONVERSION,
        "endpoint_url": bucket.place.endpoint_url,
        "place": str(bucket.place),
        "objects": [
            [each.key, each.etag, each.size, found.sha256.get(each.key)]
            for each in found.splits[name]
        ],
        "labels": found.labels,
        "sample": None if config.limit is None else [config.limit, config.seed],
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]
