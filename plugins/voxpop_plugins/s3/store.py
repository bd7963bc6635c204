"""The S3 store: one object of a bucket each, compared and swapped by If-Match and If-None-Match.

A tag is the object's ETag. Every object brings the sha256 of its bytes along and is checked against
it when it is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from voxpop import ObjectChangedError, ObjectNotFoundError, StoreError, Tag
from voxpop_plugins.s3.checksums import (
    check,
    checksum_header,
    is_of_write,
    new_metadata,
    stored_sha256,
)
from voxpop_plugins.s3.client import Bucket
from voxpop_plugins.s3.download import download
from voxpop_plugins.s3.faults import ABSENT, CHANGED, CONFLICT, FAILURES, code_of, is_transient
from voxpop_plugins.s3.listing import list_objects
from voxpop_plugins.s3.unfinished import abandon_uploads
from voxpop_plugins.s3.upload import upload

_MAX_KEY_BYTES = 1_024


class S3Store:
    """Objects in a bucket, below a prefix."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def read(self, key: str) -> tuple[bytes, Tag]:
        """Give an object whole, with its tag."""
        address = self._address(key)

        def request() -> tuple[bytes, Tag]:
            answer = self._bucket.s3.get_object(**address, ChecksumMode="ENABLED")
            data = answer["Body"].read()
            check(answer, hashlib.sha256(data).hexdigest())
            return data, Tag(answer["ETag"])

        return self._bucket.send(request, key)

    def write(self, key: str, data: bytes, *, expected: Tag | None) -> Tag:
        """Write if the object's tag is `expected` (None = the object must not exist).

        When no answer comes, the write is sent again; if that is refused, the object itself tells
        whether the first one had won.

        Raises:
            ObjectChangedError: the object is not the expected one.
            StoreUnavailableError: no answer came; the object may have been written or not.
        """
        address = self._address(key)
        metadata = new_metadata(hashlib.sha256(data).hexdigest())
        condition = {"IfNoneMatch": "*"} if expected is None else {"IfMatch": expected}
        unanswered = False

        def request() -> Tag | None:
            nonlocal unanswered
            try:
                answer = self._bucket.s3.put_object(
                    **address,
                    **condition,
                    Body=data,
                    ChecksumSHA256=checksum_header(data),
                    Metadata=metadata,
                )
            except FAILURES as error:
                if code_of(error) in (*CHANGED, *ABSENT):  # If-Match of what is gone: 404 or 412
                    return None
                if is_transient(error) and code_of(error) not in CONFLICT:
                    unanswered = True
                raise
            return Tag(answer["ETag"])

        tag = self._bucket.send(request, key)
        if tag is None and unanswered:
            tag = self._tag_of_write(key, metadata)
        if tag is None:
            raise ObjectChangedError(
                f"{key!r} in {self._bucket.place} is not {_state(expected)}, as expected: somebody "
                "else wrote it meanwhile. Read it again and decide anew."
            )
        return tag

    def download(self, key: str, into: Path) -> None:
        """Write an object into the file `into`, which appears whole and verified or not at all."""
        download(self._bucket, self._address(key), key, into)

    def upload(self, source: Path, key: str) -> None:
        """Store a file under the key, whatever was there; large files go in parts."""
        upload(self._bucket, source, self._address(key), key)

    def abandon_uploads(self, prefix: str, *, older_than_s: float) -> list[str]:
        """Remove the parts of the uploads that began longer ago; give their keys, sorted."""
        return abandon_uploads(self._bucket, prefix, older_than_s)

    def sha256(self, key: str) -> str | None:
        """Give the sha256 that an object brings along; None when another program wrote it."""
        address = self._address(key)
        answer = self._bucket.send(lambda: self._bucket.s3.head_object(**address), key)
        return stored_sha256(answer)

    def list(self, prefix: str) -> Iterator[str]:
        """Give the keys that begin with `prefix`, sorted."""
        return iter([each.key for each in list_objects(self._bucket, prefix)])

    def delete(self, key: str) -> None:
        """Delete an object; nothing happens when there is none."""
        address = self._address(key)

        def request() -> None:
            try:
                self._bucket.s3.delete_object(**address)
            except FAILURES as error:
                if code_of(error) not in ABSENT:
                    raise

        self._bucket.send(request, key)

    def _address(self, key: str) -> dict[str, str]:
        place = self._bucket.place
        whole = f"{place.prefix}{key}"
        legal = all(name not in ("", ".", "..") for name in key.split("/"))
        if (
            not legal
            or "\\" in key
            or not key.isprintable()
            or len(whole.encode()) > _MAX_KEY_BYTES
        ):
            raise StoreError(
                f"{key!r} cannot be a key. A key is printable names joined by '/', such as "
                "'a/b/c'; none is empty, '.' or '..', none holds '\\'; with the store's prefix it "
                f"has at most {_MAX_KEY_BYTES} bytes."
            )
        return {"Bucket": place.bucket, "Key": whole}

    def _tag_of_write(self, key: str, metadata: dict[str, str]) -> Tag | None:
        """Give the object's tag if it was written with this metadata."""
        address = self._address(key)
        try:
            answer = self._bucket.send(lambda: self._bucket.s3.head_object(**address), key)
        except ObjectNotFoundError:
            return None
        return Tag(answer["ETag"]) if is_of_write(answer, metadata) else None


def _state(tag: Tag | None) -> str:
    return "absent" if tag is None else f"there with the tag {tag}"
