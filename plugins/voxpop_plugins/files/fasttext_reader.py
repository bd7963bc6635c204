"""Reads the lines that fastText trains on: `__label__x text`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from voxpop_plugins.files.input_file import InputFile, bytes_read
from voxpop_plugins.files.rows import BadRow, Row

_PREFIX = "__label__"


class FastTextReader:
    """Reads fastText's format (fasttext.cc, "Supervised tutorial"), one label a line.

    The format knows no titles. With a separator, what stands before the first one is the title; a
    line without it has none.
    """

    def __init__(self, file: InputFile, title_separator: str | None = None) -> None:
        self._file = file
        self._separator = title_separator
        self.columns: tuple[str, ...] = (
            ("label", "title", "content") if title_separator else ("label", "content")
        )
        self._packed: BinaryIO | None = None

    @property
    def position(self) -> int:
        """How many of the file's bytes were read so far."""
        return bytes_read(self._packed)

    def where(self, place: int) -> str:
        """Name a line."""
        return f"line {place}"

    def rows(self) -> Iterator[Row | BadRow]:
        """Give the rows in order; places are line numbers.

        Raises:
            DataError: the file cannot be read.
        """
        with self._file.open_text(newline="\n") as (text, self._packed):
            for line, source in enumerate(text, 1):
                if source.isspace():
                    continue
                label, _, content = source.strip().partition(" ")
                if not label.startswith(_PREFIX):
                    yield BadRow(line, "no label", f"it does not begin with {_PREFIX}")
                elif content.startswith(_PREFIX):
                    yield BadRow(line, "several labels", "more than one label")
                else:
                    yield Row(line, (label.removeprefix(_PREFIX), *self._parts(content)))

    def _parts(self, text: str) -> tuple[str, ...]:
        if self._separator is None:
            return (text,)
        title, separator, content = text.partition(self._separator)
        return (title, content) if separator else ("", text)
