"""From an object to a file: bounded in memory, gone on with after a cut, verified."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from voxpop import disk_fault
from voxpop_plugins.s3.checksums import check
from voxpop_plugins.s3.client import Bucket
from voxpop_plugins.s3.faults import CHANGED, FAILURES, DamagedBodyError, code_of

_CHUNK_BYTES = 2**20


def download(bucket: Bucket, address: Mapping[str, str], key: str, into: Path) -> None:
    """Write the object into the file `into`, which appears whole and verified or not at all.

    Raises:
        ObjectNotFoundError: there is no such object; `into` stays as it was.
        StoreError: the server or the disk failed; `into` stays as it was.
    """
    receiving: _Receiving | None = None

    def request() -> None:
        nonlocal receiving
        if receiving is None:
            receiving = _Receiving(bucket.s3.get_object(**address, ChecksumMode="ENABLED"), out)
        else:
            receiving = receiving.resumed(bucket, address)
        receiving.receive()

    part = into.parent / f".{into.name[:100]}.{uuid.uuid4().hex}"
    with _written(into):
        try:
            with part.open("xb") as out:
                bucket.send(
                    request, key, received=lambda: receiving.received_bytes if receiving else 0
                )
            part.replace(into)
        finally:
            part.unlink(missing_ok=True)


class _Receiving:
    """One object on its way into a file.

    Attributes:
        received_bytes: how many are in the file.
    """

    def __init__(self, answer: Mapping[str, Any], out: BufferedIOBase) -> None:
        self._answer = answer  # to the first request: it tells of the whole object
        self._body = answer["Body"]
        self._out = out
        self._digest = hashlib.sha256()
        self.received_bytes = 0
        out.seek(0)
        out.truncate()

    def resumed(self, bucket: Bucket, address: Mapping[str, str]) -> _Receiving:
        """Ask for the rest; for the whole when the object changed or what came was damaged."""
        if 0 < self.received_bytes < self._answer["ContentLength"]:
            try:
                rest = bucket.s3.get_object(
                    **address, IfMatch=self._answer["ETag"], Range=f"bytes={self.received_bytes}-"
                )
            except FAILURES as error:
                if code_of(error) not in CHANGED:
                    raise
            else:
                begins = f"bytes {self.received_bytes}-"
                if rest.get("ContentRange", "").startswith(begins):
                    self._body = rest["Body"]
                    return self
        return _Receiving(bucket.s3.get_object(**address, ChecksumMode="ENABLED"), self._out)

    def receive(self) -> None:
        """Write what comes; check it when it is whole."""
        while chunk := self._body.read(_CHUNK_BYTES):
            self._out.write(chunk)
            self._digest.update(chunk)
            self.received_bytes += len(chunk)
        if self.received_bytes != self._answer["ContentLength"]:
            raise DamagedBodyError(
                f"{self.received_bytes:,} bytes came of {self._answer['ContentLength']:,}"
            )
        check(self._answer, self._digest.hexdigest())


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_fault(error, path, "written") from error
