"""Small reviews in the schema of amazon_polarity, put into a bucket as Parquet shards."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet

from tests.plugins.s3.conftest import BUCKET, client
from voxpop import Splits, review_text
from voxpop.testing import RecordingListener
from voxpop_plugins.s3.amazon_polarity.config import AmazonPolarityConfig
from voxpop_plugins.s3.plugin import load


class Row(NamedTuple):
    """One review."""

    label: int
    title: str | None
    content: str


def rows(count: int, tag: str = "a") -> list[Row]:
    """Make reviews that all differ and do not pack well."""

    def noise(number: int) -> str:
        return hashlib.sha512(f"{tag}{number}".encode()).hexdigest()

    return [
        Row(number % 2, f"Title {tag}{number}" if number % 7 else None, f"{noise(number)} is it")
        for number in range(count)
    ]


def texts(some: Sequence[Row]) -> list[tuple[str, int]]:
    """Give text and label of each, as the source should."""
    return [(review_text(row.title, row.content), row.label) for row in some]


def parquet(some: Sequence[Row], group: int = 100, **options: Any) -> bytes:
    """Write a shard."""
    table = pa.table(
        {
            "label": pa.array([row.label for row in some], pa.int64()),
            "title": pa.array([row.title for row in some], pa.string()),
            "content": pa.array([row.content for row in some], pa.string()),
        }
    )
    out = io.BytesIO()
    pa.parquet.write_table(table, out, row_group_size=group, **options)
    return out.getvalue()


def put(url: str, prefix: str, key: str, data: bytes, *, told: bool = True) -> None:
    """Store a shard; `told`: with its sha256, as `voxpop data push` does."""
    metadata = {"voxpop-sha256": hashlib.sha256(data).hexdigest()} if told else {}
    client(url).put_object(
        Bucket=BUCKET, Key=f"{prefix.rstrip('/')}/{key}", Body=data, Metadata=metadata
    )


def read(config: AmazonPolarityConfig, listener: RecordingListener | None = None) -> Splits:
    """Load through the part's own door."""
    return load(config, listener or RecordingListener())


def content(split: Any) -> list[tuple[str, int]]:
    """Give text and label of every row."""
    return [(example.text, example.label) for example in split]
