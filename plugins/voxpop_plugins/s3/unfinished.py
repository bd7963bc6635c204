"""Uploads in parts that were begun and never finished: no list of objects shows their parts."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from voxpop_plugins.s3.client import Bucket
from voxpop_plugins.s3.faults import ABSENT, FAILURES, NO_UPLOAD, code_of


def abandon_uploads(bucket: Bucket, prefix: str, older_than_s: float) -> list[str]:
    """Remove the parts of uploads below `prefix` that began longer ago; give their keys, sorted.

    Raises:
        StoreAccessError: this process may not list or abort uploads.
        StoreError: the server failed.
    """
    place = bucket.place
    latest = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=older_than_s)
    keys = []
    for upload in list(_unfinished(bucket, prefix)):
        if upload["Initiated"] <= latest:
            key = upload["Key"].removeprefix(place.prefix)
            _abort(bucket, upload, key)
            keys.append(key)
    return sorted(keys)


def _unfinished(bucket: Bucket, prefix: str) -> Iterator[dict[str, Any]]:
    whole = f"{bucket.place.prefix}{prefix}"
    page = {"Bucket": bucket.place.bucket, "Prefix": whole}
    while True:
        answer = bucket.send(lambda: bucket.s3.list_multipart_uploads(**page), prefix)
        # Not every server heeds the prefix.
        yield from (each for each in answer.get("Uploads", ()) if each["Key"].startswith(whole))
        if not answer.get("IsTruncated"):
            return
        page["KeyMarker"] = answer["NextKeyMarker"]
        page["UploadIdMarker"] = answer.get("NextUploadIdMarker", "")


def _abort(bucket: Bucket, upload: dict[str, Any], key: str) -> None:
    target = {"Bucket": bucket.place.bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]}

    def request() -> None:
        try:
            bucket.s3.abort_multipart_upload(**target)
        except FAILURES as error:
            if code_of(error) not in (*NO_UPLOAD, *ABSENT):  # somebody finished it meanwhile
                raise

    bucket.send(request, key)
