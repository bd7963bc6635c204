"""What lies in a bucket: keys, and what tells one object's content from another's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from voxpop_plugins.s3.client import Bucket


@dataclass(frozen=True)
class StoredObject:
    """One object.

    Attributes:
        key: its key below the place's prefix.
        etag: changes with the content; in quotes, as S3 gives it.
        size: in bytes.
    """

    key: str
    etag: str
    size: int


def list_objects(bucket: Bucket, prefix: str, *, most: int | None = None) -> list[StoredObject]:
    """Give the objects whose keys begin with `prefix`, sorted by key.

    Args:
        bucket: where they lie.
        prefix: below the place's own prefix.
        most: stop after so many (at most 1,000); None gives all.

    Raises:
        StoreError: the bucket cannot be listed.
    """
    place = bucket.place
    page: dict[str, Any] = {"Bucket": place.bucket, "Prefix": f"{place.prefix}{prefix}"}
    if most is not None:
        page["MaxKeys"] = most
    found: list[dict[str, Any]] = []
    while True:
        answer = bucket.send(lambda: bucket.s3.list_objects_v2(**page), prefix)
        found += answer.get("Contents", ())
        if most is not None or not answer.get("IsTruncated"):
            break
        page["ContinuationToken"] = answer["NextContinuationToken"]
    objects = [
        StoredObject(each["Key"].removeprefix(place.prefix), each["ETag"], each["Size"])
        for each in found
        # A key that ends with "/" is a folder that a person made in the console.
        if each["Key"][-1] != "/"
    ]
    return sorted(objects, key=lambda each: each.key)  # not every server sorts whole keys
