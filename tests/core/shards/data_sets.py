"""Small data sets as shards, made through the public door."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from voxpop import (
    DatasetManifest,
    DataSourcePart,
    Listener,
    PartConfig,
    Plugins,
    Selected,
    Split,
    Splits,
    fetch_shards,
    review_text,
)
from voxpop.plugins import Origin

Row = tuple[int, str | None, str | None]
ROWS: list[Row] = [
    (row % 2, f"Title {row}", f"It was {['bad', 'good'][row % 2]}: {row}") for row in range(40)
]


class PlainConfig(PartConfig):
    """No option: this source gives whole texts."""


class ApartConfig(PartConfig):
    keep_apart: bool = False


def fetch(
    directory: Path,
    rows: Sequence[Row] = ROWS,
    *,
    apart: bool = True,
    rows_per_file: int = 10,
    replace: bool = False,
    labels: tuple[str, ...] = ("negative", "positive"),
    listen: Listener = lambda event: None,
) -> DatasetManifest:
    """Write rows as train, and the first two and the last two as test."""

    def load(config: PartConfig, listen: Listener) -> Splits:
        kept = isinstance(config, ApartConfig) and config.keep_apart
        return Splits(
            train=_split(rows, kept), test=_split([*rows[:2], *rows[-2:]], kept), labels=labels
        )

    config = ApartConfig if apart else PlainConfig
    part = DataSourcePart(name="rows", summary="Rows", config=config, load=load)
    origin = Origin(plugin="tests", distribution="tests", version="1")
    return fetch_shards(
        Selected(part, config()),
        directory,
        plugins=Plugins([(part, origin)]),
        rows_per_file=rows_per_file,
        replace=replace,
        listen=listen,
    )


def _split(rows: Sequence[Row], kept: bool) -> Split:
    labels, titles, contents = zip(*rows, strict=True)
    texts = [review_text(title, content) for _, title, content in rows]
    extras = {"title": titles, "content": contents} if kept else None
    return Split.from_rows(texts, labels, extras)


def rows_in(directory: Path, split: str = "train") -> list[Row]:
    tables = [pa.parquet.read_table(path) for path in sorted((directory / split).iterdir())]
    return [tuple(row.values()) for table in tables for row in table.to_pylist()]


def contents(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }
