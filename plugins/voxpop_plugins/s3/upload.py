"""From a file to an object: whole when it is small, in parts when it is large."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from voxpop import StoreError, disk_fault
from voxpop_plugins.s3.checksums import checksum_header, is_stored, new_metadata
from voxpop_plugins.s3.client import Bucket
from voxpop_plugins.s3.faults import FAILURES, NO_UPLOAD, code_of

logger = logging.getLogger(__name__)

PART_BYTES = 8 * 2**20  # S3 wants at least 5 MiB in every part but the last
_MAX_PARTS = 10_000


def upload(bucket: Bucket, source: Path, address: Mapping[str, str], key: str) -> None:
    """Store the file, whatever was there; a reader sees the old object or the whole new one.

    At most one part of the file is in memory.

    Raises:
        StoreError: the file or the server failed, or the file changed while it was read.
    """
    with _readable(source):
        bytes_in_file = source.stat().st_size
        with source.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    metadata = new_metadata(sha256)
    part_bytes = max(PART_BYTES, -(-bytes_in_file // _MAX_PARTS))
    if bytes_in_file <= part_bytes:
        with _readable(source):
            data = source.read_bytes()
        _require_same(source, sha256, hashlib.sha256(data).hexdigest())
        bucket.send(
            lambda: bucket.s3.put_object(
                **address, Body=data, ChecksumSHA256=checksum_header(data), Metadata=metadata
            ),
            key,
        )
        return
    begun = bucket.send(
        lambda: bucket.s3.create_multipart_upload(
            **address, ChecksumAlgorithm="SHA256", Metadata=metadata
        ),
        key,
    )
    target = {**address, "UploadId": begun["UploadId"]}
    try:
        parts = []
        digest = hashlib.sha256()
        for number, data in enumerate(_parts(source, part_bytes), start=1):
            digest.update(data)
            parts.append(_send_part(bucket, target, number, data, key))
        _require_same(source, sha256, digest.hexdigest())
        _complete(bucket, target, parts, metadata, key)
    except BaseException:
        _abort(bucket, target)
        raise


def _send_part(
    bucket: Bucket, target: Mapping[str, str], number: int, data: bytes, key: str
) -> dict[str, Any]:
    checksum = checksum_header(data)
    answer = bucket.send(
        lambda: bucket.s3.upload_part(
            **target, PartNumber=number, Body=data, ChecksumSHA256=checksum
        ),
        key,
    )
    return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}


def _complete(
    bucket: Bucket,
    target: Mapping[str, str],
    parts: list[dict[str, Any]],
    metadata: dict[str, str],
    key: str,
) -> None:
    address = {name: target[name] for name in ("Bucket", "Key")}

    def request() -> None:
        try:
            bucket.s3.complete_multipart_upload(**target, MultipartUpload={"Parts": parts})
        except FAILURES as error:
            # The upload is unknown because it is complete: the answer to a try before was lost.
            # Somebody may have stored the same bytes since; that is as good.
            if code_of(error) in NO_UPLOAD and is_stored(
                bucket.s3.head_object(**address), metadata
            ):
                return
            raise

    bucket.send(request, key)


def _abort(bucket: Bucket, target: Mapping[str, str]) -> None:
    """Let the server forget the parts; what stays behind is the bucket's lifecycle rule's to do."""
    try:
        bucket.s3.abort_multipart_upload(**target)
    except FAILURES as error:
        logger.info("The unfinished upload of %s stays behind: %s", target["Key"], error)


def _parts(source: Path, part_bytes: int) -> Iterator[bytes]:
    with _readable(source), source.open("rb") as file:
        while data := file.read(part_bytes):
            yield data


def _require_same(source: Path, before: str, sent: str) -> None:
    if before != sent:
        raise StoreError(
            f"{str(source)!r} changed while it was read. Store it again when nobody writes it."
        )


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_fault(error, path, "read") from error
