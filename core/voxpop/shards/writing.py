"""Writes a split as Parquet files in the Hub's schema: `label`, `title`, `content`.

Row groups hold 1,000 reviews, as on the Hub, so that a reader may take a sample of many of them;
the files are of a size that is quickly sent again when a connection breaks.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voxpop.data.libraries import import_pyarrow
from voxpop.data.split import LABEL, TEXT, Split
from voxpop.disk import disk_fault
from voxpop.shards.manifest import ShardRecord

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "title"
CONTENT = "content"
ROWS_PER_GROUP = 1_000
ROWS_PER_FILE = 250_000  # about 70 MB of Amazon's reviews
_GROUP_BYTES = 16 * 2**20  # a row group of long reviews ends sooner: one is in memory
_BATCH_ROWS = 250


def keeps_apart(split: Split) -> bool:
    """Tell whether the split has the title and the content of each review as extras."""
    return {TITLE, CONTENT} <= set(split.dataset.column_names)


def write_split(
    split: Split,
    directory: Path,
    labels: Sequence[str],
    written: Callable[[int], None],
    rows_per_file: int = ROWS_PER_FILE,
) -> dict[str, ShardRecord]:
    """Write the split into files in an existing directory; gives their records by name.

    Args:
        split: the reviews, with the extras `title` and `content`; without these, the whole text
            is the content.
        directory: where the files go.
        labels: the class names, which the files tell to the library `datasets`.
        written: is told after each row group how many reviews were written so far.
        rows_per_file: reviews a file.

    Raises:
        StoreError: the directory cannot be written to; StoreFullError when no room is left.
    """
    count = -(-len(split) // rows_per_file)
    columns = (LABEL, TITLE, CONTENT) if keeps_apart(split) else (LABEL, TEXT)
    schema = _schema(labels)
    records = {}
    for number in range(count):
        start = number * rows_per_file
        stop = min(start + rows_per_file, len(split))
        path = directory / f"{number:05d}-of-{count:05d}.parquet"
        batches = split.select(range(start, stop)).record_batches(_BATCH_ROWS, columns)
        with _written_to(path):
            _write_file(path, schema, (_row(b, schema) for b in batches), start, written)
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = path.stat().st_size
        records[path.name] = ShardRecord(rows=stop - start, sha256=digest, bytes=size)
    return records


def _write_file(
    path: Path,
    schema: pa.Schema,
    batches: Iterator[pa.RecordBatch],
    before: int,
    written: Callable[[int], None],
) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    # A stream of Python's own: Arrow's turns a full disk into an error without its number.
    with path.open("xb") as out:
        writer = pyarrow.parquet.ParquetWriter(
            out,
            schema,
            compression="zstd",
            write_page_checksum=True,
            # Of texts, which all differ, they only take room; the least and the greatest text of
            # each small group would make up most of the footer.
            use_dictionary=[LABEL],
            write_statistics=[LABEL],
        )
        try:
            for group in _row_groups(batches):
                writer.write_table(pa.Table.from_batches(group), row_group_size=ROWS_PER_GROUP)
                before += sum(batch.num_rows for batch in group)
                written(before)
        except BaseException:
            with contextlib.suppress(Exception):  # the file is given up already
                writer.close()
            raise
        writer.close()
        _sync(out)


def _row_groups(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    group: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        group.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= ROWS_PER_GROUP or size >= _GROUP_BYTES:
            yield group
            group, rows, size = [], 0, 0
    if group:
        yield group


def _row(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Give the three columns; a missing title or content is an empty text, as on the Hub."""
    pa = import_pyarrow()
    import pyarrow.compute as pc

    def texts(name: str) -> Any:
        if name not in batch.schema.names:
            return pa.array([""] * batch.num_rows, pa.string())
        return pc.fill_null(batch.column(name).cast(pa.string()), "")

    names = batch.schema.names
    content = texts(CONTENT if CONTENT in names else TEXT)
    label = batch.column(LABEL).cast(pa.int64())
    return pa.record_batch([label, texts(TITLE), content], schema=schema)


def _schema(labels: Sequence[str]) -> pa.Schema:
    """Give the schema, with the features that the library `datasets` reads out of it."""
    pa = import_pyarrow()
    text = {"dtype": "string", "_type": "Value"}
    features = {
        LABEL: {"names": list(labels), "_type": "ClassLabel"},
        TITLE: text,
        CONTENT: text,
    }
    return pa.schema(
        [(LABEL, pa.int64()), (TITLE, pa.string()), (CONTENT, pa.string())],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )


def _sync(out: Any) -> None:
    out.flush()
    os.fsync(out.fileno())


@contextlib.contextmanager
def _written_to(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_fault(error, path, "written") from error
