"""What a Parquet shard holds, by its footer: its columns, and where its row groups lie."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from voxpop import DataError, Listener
from voxpop_plugins.s3.amazon_polarity.fetching import fetch
from voxpop_plugins.s3.amazon_polarity.partial_copy import PartialCopy, Span
from voxpop_plugins.s3.client import Bucket

COLUMNS = ("label", "title", "content")
_TAIL_BYTES = 64 * 2**10  # holds the whole footer of most shards
_END_BYTES = 8  # the footer's length and the letters PAR1
_MAGIC = b"PAR1"


class RowGroup(NamedTuple):
    """Some rows of a shard that can be read alone."""

    rows: int
    spans: tuple[Span, ...]  # where the columns that we read lie
    unpacked_bytes: int


def read_row_groups(
    bucket: Bucket, copies: Sequence[PartialCopy], listen: Listener, stage: str
) -> list[list[RowGroup]]:
    """Fetch every shard's footer and give its row groups, shard by shard.

    Raises:
        DataError: a shard is no Parquet, or lacks a column.
        StoreError: the server or the disk failed.
    """
    fetch(bucket, {copy: [_tail(copy)] for copy in copies}, listen, stage)
    return [_row_groups(bucket, copy, listen, stage) for copy in copies]


@contextlib.contextmanager
def reading_shard(where: str) -> Iterator[None]:
    """Turn what pyarrow raises about a shard into one DataError."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise _damaged(where, reason) from error


def _damaged(where: str, reason: str) -> DataError:
    return DataError(
        f"{where} cannot be read as Parquet: {reason}. Try again; if that goes on, the object is "
        "damaged or something else: put the shard there anew (voxpop data push)"
    )


def _tail(copy: PartialCopy) -> Span:
    return Span(max(0, copy.stored.size - _TAIL_BYTES), copy.stored.size)


def _row_groups(bucket: Bucket, copy: PartialCopy, listen: Listener, stage: str) -> list[RowGroup]:
    import pyarrow.parquet

    size = copy.stored.size
    where = f"{bucket.place}{copy.stored.key}"
    if size < _END_BYTES + len(_MAGIC):
        raise _damaged(where, f"it has {size} bytes")
    end = copy.read(Span(size - _END_BYTES, size))
    footer_start = size - _END_BYTES - int.from_bytes(end[:4], "little")
    if end[4:] != _MAGIC or footer_start < 0:
        raise _damaged(where, "its end is not that of a Parquet file")
    fetch(bucket, {copy: [Span(footer_start, size)]}, listen, stage)
    with reading_shard(where):
        metadata = pyarrow.parquet.read_metadata(copy.path)
        at = _columns(metadata.schema.to_arrow_schema(), where)
        return [
            RowGroup(
                group.num_rows,
                tuple(
                    _chunk(group.column(column), where, footer_start)
                    for column in at
                    if group.num_rows
                ),
                group.total_byte_size,
            )
            for group in map(metadata.row_group, range(metadata.num_row_groups))
        ]


def _columns(schema: Any, where: str) -> list[int]:
    """Give the positions of our columns among those of the file."""
    import pyarrow as pa

    def is_text(kind: Any) -> bool:
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))

    wanted = {"label": pa.types.is_integer, "title": is_text, "content": is_text}
    sound = all(
        schema.names.count(name) == 1 and is_right(schema.field(name).type)
        for name, is_right in wanted.items()
    )
    # Columns within columns would move the positions of those behind them.
    flat = not any(pa.types.is_nested(field.type) for field in schema)
    if not (sound and flat):
        found = ", ".join(f"{field.name} ({field.type})" for field in schema) or "none"
        raise DataError(
            f"{where} has the columns {found[:300]}. A shard of reviews has `label` (whole numbers "
            "0 and 1), `title` and `content` (texts), each once, and none that is nested. "
            "`voxpop data fetch` writes such shards"
        )
    return [schema.get_field_index(name) for name in COLUMNS]


def _chunk(column: Any, where: str, footer_start: int) -> Span:
    starts = [column.data_page_offset]
    if column.has_dictionary_page and column.dictionary_page_offset:
        starts.append(column.dictionary_page_offset)
    span = Span(min(starts), min(starts) + column.total_compressed_size)
    if not 0 < span.start <= span.stop <= footer_start:
        raise _damaged(where, "its footer names bytes that it has not")
    return span
