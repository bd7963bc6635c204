"""Converts the rows of files into the reviews of a split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from voxpop import Listener, Progress, SplitWriter, review_text
from voxpop_plugins.files.arrow_csv_reader import open_table
from voxpop_plugins.files.bad_rows import BadRows
from voxpop_plugins.files.config import FilesConfig
from voxpop_plugins.files.fasttext_reader import FastTextReader
from voxpop_plugins.files.input_file import InputFile
from voxpop_plugins.files.jsonl_reader import JsonlReader
from voxpop_plugins.files.labels import Labels, UnknownLabelError
from voxpop_plugins.files.parquet_reader import ParquetReader
from voxpop_plugins.files.roles import Roles, choose_roles
from voxpop_plugins.files.rows import BadRow, Reader, Row
from voxpop_plugins.files.values import NotTextError, any_text, plain_text

_CHUNK = 1_000
_APART = ("title", "content")


def convert_files(
    files: Sequence[InputFile],
    config: FilesConfig,
    labels: Labels,
    writer: SplitWriter,
    listen: Listener,
    stage: str,
) -> list[Mapping[str, Any]]:
    """Write the reviews of all files, one after the other.

    Returns:
        One note a file: how many rows were used, and which were left out.

    Raises:
        DataError: a file, or a row that is not to be skipped, cannot be used.
    """
    readers = [open_reader(file, config) for file in files]
    roles = [
        choose_roles(file.path, reader.columns, config)
        for file, reader in zip(files, readers, strict=True)
    ]
    extras = tuple(dict.fromkeys(name for one in roles for name in one.extras))
    if config.keep_apart:
        extras = (*_APART, *extras)
    total = sum(file.size for file in files)
    notes: list[Mapping[str, Any]] = []
    before = 0
    for file, reader, role in zip(files, readers, roles, strict=True):
        bad = BadRows(file.path, reader, config.bad_rows)
        chunk = _Chunk(role, extras, labels, keep_apart=config.keep_apart)
        used = writer.rows
        for row in reader.rows():
            fault = row if isinstance(row, BadRow) else chunk.add(row)
            if fault is not None:
                bad.add(fault)
            elif len(chunk.texts) == _CHUNK:
                chunk.write(writer)
                listen(
                    Progress(stage=stage, done=before + reader.position, total=total, unit="bytes")
                )
        chunk.write(writer)
        before += file.size
        listen(Progress(stage=stage, done=before, total=total, unit="bytes"))
        notes.append({"used": writer.rows - used, **bad.note()})
    return notes


def open_reader(file: InputFile, config: FilesConfig) -> Reader:
    """Give the reader for a file's format.

    Raises:
        DataError: its columns cannot be read.
    """
    match file.format:
        case "csv" | "tsv":
            return open_table(file, config)
        case "jsonl":
            return JsonlReader(file)
        case "parquet":
            return ParquetReader(file)
        case "fasttext":
            return FastTextReader(file, config.title_separator)


class _Chunk:
    """Reviews on their way to the disk."""

    def __init__(
        self, roles: Roles, extras: Sequence[str], labels: Labels, *, keep_apart: bool
    ) -> None:
        self._roles = roles
        self._keep_apart = keep_apart
        self._labels = labels
        self.texts: list[str] = []
        self._positions: list[int] = []
        self._extras: dict[str, list[str | None]] = {name: [] for name in extras}

    def add(self, row: Row) -> BadRow | None:
        """Take a row, or say why it cannot be used."""
        values = row.values
        roles = self._roles
        try:
            label = (plain_text(values[roles.label]) or "").strip()
            title = None if roles.title is None else plain_text(values[roles.title])
            content = plain_text(values[roles.content])
            if not label:
                return BadRow(row.place, "without a label", "it has no label")
            if content is None and title is None:
                return BadRow(row.place, "without a text", "its text is missing")
            position = self._labels.position(label)
        except NotTextError as error:
            return BadRow(row.place, "with a value that is no text", f"label or text is {error}")
        except UnknownLabelError as error:
            return BadRow(row.place, "with an unknown label", str(error))
        self._positions.append(position)
        self.texts.append(review_text(title, content))
        apart = {"title": title, "content": content} if self._keep_apart else {}
        for name, kept in self._extras.items():
            if name in apart:
                kept.append(apart[name])
                continue
            at = roles.extras.get(name)
            kept.append(None if at is None else any_text(values[at]))
        return None

    def write(self, writer: SplitWriter) -> None:
        """Hand the reviews on."""
        writer.write(self.texts, self._positions, self._extras)
        self.texts, self._positions = [], []
        self._extras = {name: [] for name in self._extras}
