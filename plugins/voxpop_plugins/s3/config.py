"""The options of the s3 store and the s3 registry. Keys and secrets are never among them."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from voxpop import PartConfig

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def _bucket(name: str) -> str:
    if not _BUCKET.fullmatch(name):
        raise ValueError(
            "a bucket's name is 3 to 63 lower-case letters, digits, '.' and '-', without s3://"
        )
    return name


def _prefix(prefix: str) -> str:
    """Give the prefix as keys begin with it: empty, or ending with one slash."""
    names = prefix.strip("/").split("/") if prefix.strip("/") else []
    legal = all(name not in ("", ".", "..") for name in names)
    if not legal or "\\" in prefix or not prefix.isprintable():
        raise ValueError("a prefix is printable names joined by single '/', such as 'team/voxpop'")
    return "".join(f"{name}/" for name in names)


def _endpoint(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        plain = parts.scheme in ("http", "https") and bool(parts.hostname)
        bare = not (parts.query or parts.fragment) and parts.path in ("", "/")
        port_is_legal = parts.port is None or parts.port > 0
    except ValueError:
        plain = bare = port_is_legal = False
    if not (plain and bare and port_is_legal) or "@" in url:
        raise ValueError(
            "an endpoint is a scheme, a host and perhaps a port, such as 'http://127.0.0.1:8333'; "
            "keys and secrets never belong in it"
        )
    return url.rstrip("/")


class S3Options(PartConfig):
    """What it takes to reach a bucket. Who asks is found by the AWS credential chain."""

    bucket: Annotated[str, AfterValidator(_bucket)] = Field(
        description="The bucket's name; the bucket must exist."
    )
    prefix: Annotated[str, AfterValidator(_prefix)] = Field(
        default="", description="What all keys begin with, such as `voxpop/production`."
    )
    region: str | None = Field(
        default=None,
        min_length=1,
        description="The bucket's region; by default that of the AWS settings.",
    )
    endpoint_url: Annotated[str | None, AfterValidator(_endpoint)] = Field(
        default=None, description="Another server than Amazon's that speaks the S3 protocol."
    )
    path_style: bool | None = Field(
        default=None,
        description="Name the bucket in the path and not in the host; by default when "
        "another server than Amazon's is named.",
    )
    timeout_s: float = Field(
        default=20.0, gt=0, le=600, description="How long the server may be silent."
    )
    attempts: int = Field(
        default=6, ge=1, le=20, description="How often a request is sent before it has failed."
    )


class S3StoreConfig(S3Options):
    """Options of the `s3` store."""


class S3RegistryConfig(S3Options):
    """Options of the `s3` registry."""
