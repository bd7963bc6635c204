"""Reads JSON Lines: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from voxpop import DataError
from voxpop_plugins.files.input_file import InputFile, bytes_read
from voxpop_plugins.files.rows import BadRow, Row

_SURROGATE = "\\ud"  # how a JSON escape of half a character begins


class JsonlReader:
    """Reads JSON Lines. The columns are the keys of the first object; later ones are passed over.

    A key that is missing, or null, is a missing value.

    Raises:
        DataError: no line holds an object.
    """

    def __init__(self, file: InputFile) -> None:
        self._file = file
        self._packed: BinaryIO | None = None
        self.columns = self._first_keys()

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
        for record in self._records():
            if isinstance(record, BadRow):
                yield record
            else:
                line, values = record
                yield Row(line, [values.get(name) for name in self.columns])

    def _first_keys(self) -> tuple[str, ...]:
        first: BadRow | None = None
        for record in self._records():
            if not isinstance(record, BadRow):
                return tuple(record[1])
            first = first or record
        reason = f"line {first.place}: {first.reason}" if first else "only blank lines"
        raise DataError(
            f"{str(self._file.path)!r} holds no JSON object ({reason}). "
            'Write one object a line, such as {"content": "Broke.", "label": "negative"}'
        )

    def _records(self) -> Iterator[tuple[int, dict[str, object]] | BadRow]:
        with self._file.open_text(newline="\n") as (text, self._packed):
            for line, source in enumerate(text, 1):
                if source.isspace():
                    continue
                try:
                    value = json.loads(source, parse_constant=_refuse)
                except (ValueError, RecursionError) as error:
                    yield BadRow(line, "invalid JSON", f"invalid JSON ({error})")
                    continue
                if not isinstance(value, dict):
                    yield BadRow(line, "no JSON object", f"a JSON {_kind(value)}, no object")
                elif _SURROGATE in source.lower() and not _is_unicode(value):
                    yield BadRow(line, "half a character", "half of a surrogate pair (\\ud...)")
                else:
                    yield line, value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _kind(value: object) -> str:
    return {list: "array", str: "string", type(None): "null"}.get(type(value), "number or boolean")


def _is_unicode(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
