"""Where the copies of a split's shards lie while they are fetched, and how they go again."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

from voxpop import disk_fault
from voxpop_plugins.s3.amazon_polarity.config import AmazonPolarityConfig
from voxpop_plugins.s3.amazon_polarity.lock import FetchLock
from voxpop_plugins.s3.amazon_polarity.partial_copy import PartialCopy
from voxpop_plugins.s3.client import Bucket

logger = logging.getLogger(__name__)


def fetch_folder(cache: Path, name: str, bucket: Bucket, config: AmazonPolarityConfig) -> Path:
    """Give the folder for the copies of this split's shards, whatever they hold today.

    Each sample has its own, so that none takes away what another fetch goes on with.

    Raises:
        StoreError: it cannot be made.
    """
    sample = "" if config.limit is None else f" {config.limit} {config.seed}"
    place = f"{bucket.place.endpoint_url} {bucket.place}{name}{sample}"
    folder = cache / "fetching" / hashlib.sha256(place.encode()).hexdigest()[:32]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_fault(error, folder, "written") from error
    return folder


def remove_copies(folder: Path, lock: FetchLock) -> None:
    """Remove the copies once the reviews are there; also those of a run killed before it did.

    Where another process fetches just now, they are its own to remove.
    """
    try:
        left = any(path.name != "lock" for path in folder.iterdir())
        if left and lock.acquire_if_free():
            remove_all_but(folder, ())
    except OSError as error:  # the reviews are there all the same
        logger.warning("Copies that are of no use stay in %s: %s", folder, error)


def remove_all_but(folder: Path, copies: Sequence[PartialCopy]) -> None:
    """Remove what an earlier fetch left of objects that are gone."""
    ours = {"lock", *(path.name for copy in copies for path in copy.files)}
    for path in folder.iterdir():
        if path.name not in ours:
            path.unlink(missing_ok=True)
