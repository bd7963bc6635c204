"""Registers the reviews in files."""

from __future__ import annotations

from collections.abc import Iterable

from voxpop import DataSourcePart, Listener, Splits, hookimpl
from voxpop_plugins.files.config import FilesConfig


def load(config: FilesConfig, listen: Listener) -> Splits:
    """Read the reviews of each split from its files."""
    from voxpop_plugins.files.source import load_files

    return load_files(config, listen)


@hookimpl
def voxpop_data_sources() -> Iterable[DataSourcePart[FilesConfig]]:
    """Offer the files."""
    yield DataSourcePart(
        name="files",
        summary="Reviews in CSV, TSV, JSONL, Parquet or fastText files, also compressed",
        config=FilesConfig,
        load=load,
    )
