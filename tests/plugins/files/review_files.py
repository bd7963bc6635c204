"""Writes reviews in every format, and loads them through the part."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from voxpop import DataSourcePart, Notice, Split, Splits
from voxpop.testing import RecordingListener
from voxpop_plugins.files.config import FilesConfig
from voxpop_plugins.files.plugin import voxpop_data_sources

Rows = Sequence[Sequence[str]]
"""Label, title and content of every row."""

NAMES = ("label", "title", "content")
ROWS: Rows = [
    ("negative", "Broke", "It broke in a week."),
    ("positive", "None", 'They said "great", and it is,\nreally.'),
    ("negative", "NA", ""),
    ("positive", "", "Ça marche très bien 🙂"),
]
REVIEWS = [
    ("Broke. It broke in a week.", 0),
    ('None. They said "great", and it is,\nreally.', 1),
    ("NA", 0),
    ("Ça marche très bien 🙂", 1),
]
"""What ROWS come out as."""


def files_part() -> DataSourcePart[FilesConfig]:
    (part,) = voxpop_data_sources()
    return part


def load(train: Path | str | list[Path], **options: Any) -> tuple[Splits, list[str]]:
    """Load files; gives the splits and what was noticed."""
    part, listener = files_part(), RecordingListener()
    paths = tuple(map(str, train)) if isinstance(train, list) else str(train)
    splits = part.load(part.config(train=paths, **options), listener)
    return splits, [event.message for event in listener.events if isinstance(event, Notice)]


def rows_of(split: Split | None) -> list[tuple[str, int]]:
    assert split is not None
    return [(example.text, example.label) for example in split]


def write_reviews(path: Path, rows: Rows = ROWS, encoding: str = "utf-8") -> Path:
    """Write reviews as the path's name says."""
    packer = PACKERS.get(path.suffix)
    inner = path.stem if packer else path.name
    data = FORMATS[Path(inner).suffix](rows, encoding)
    path.write_bytes(packer(data, inner) if packer else data)
    return path


def _table(rows: Rows, encoding: str, delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([NAMES, *rows])
    return out.getvalue().encode(encoding)


def _jsonl(rows: Rows, encoding: str) -> bytes:
    lines = [json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) for row in rows]
    return "".join(f"{line}\n" for line in lines).encode(encoding)


def _parquet(rows: Rows, encoding: str) -> bytes:
    columns = {name: pa.array([row[at] for row in rows]) for at, name in enumerate(NAMES)}
    out = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), out, row_group_size=3)
    return out.getvalue()


def _fasttext(rows: Rows, encoding: str) -> bytes:
    """Write labels and contents; this format has no titles and no line breaks."""
    return "".join(f"__label__{label} {content}\n" for label, _, content in rows).encode(encoding)


def _zip(data: bytes, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def _zstd(data: bytes, name: str) -> bytes:
    packed: bytes = pa.Codec("zstd").compress(data, asbytes=True)
    return packed


FORMATS: dict[str, Callable[[Rows, str], bytes]] = {
    ".csv": _table,
    ".tsv": lambda rows, encoding: _table(rows, encoding, "\t"),
    ".jsonl": _jsonl,
    ".parquet": _parquet,
    ".txt": _fasttext,
}
PACKERS: dict[str, Callable[[bytes, str], bytes]] = {
    ".gz": lambda data, name: gzip.compress(data),
    ".bz2": lambda data, name: bz2.compress(data),
    ".xz": lambda data, name: lzma.compress(data),
    ".zip": _zip,
    ".zst": _zstd,
}
