"""The sha256 that every object brings along, in its metadata.

S3 checks the checksum of each request, but of an object that was sent in parts it keeps only a
checksum of checksums; and not every server that speaks the protocol gives them back. What stands in
the metadata comes back from all of them, whatever the object's size.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from voxpop_plugins.s3.faults import DamagedBodyError

_SHA256 = "voxpop-sha256"
_WRITE = "voxpop-write"


def new_metadata(sha256: str) -> dict[str, str]:
    """Give the metadata of one write: the bytes' sha256 in hex, and an id that no other has."""
    return {_SHA256: sha256, _WRITE: uuid.uuid4().hex}


def is_of_write(answer: Mapping[str, Any], metadata: Mapping[str, str]) -> bool:
    """Tell whether the object that the server describes was written with this metadata."""
    return bool(answer.get("Metadata", {}).get(_WRITE) == metadata[_WRITE])


def is_stored(answer: Mapping[str, Any], metadata: Mapping[str, str]) -> bool:
    """Tell whether the object that the server describes holds the bytes of this metadata."""
    return stored_sha256(answer) == metadata[_SHA256]


def stored_sha256(answer: Mapping[str, Any]) -> str | None:
    """Give the sha256 (hex) that the server tells of an object; None when it tells none."""
    stored: str | None = answer.get("Metadata", {}).get(_SHA256)
    return stored


def checksum_header(data: bytes) -> str:
    """Give the sha256 of a request's body as S3 wants it: base64."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def check(answer: Mapping[str, Any], sha256: str) -> None:
    """Refuse bytes whose sha256 (hex) is not the one that the server's answer tells.

    An object that another program wrote tells none; boto3 has checked it as well as it can be.

    Raises:
        DamagedBodyError: they are other bytes.
    """
    stored = stored_sha256(answer)
    if stored is not None and stored != sha256:
        raise DamagedBodyError(f"their sha256 is {sha256} and should be {stored}")
