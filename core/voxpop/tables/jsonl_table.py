"""Reads JSON Lines in batches: one object a line, its keys are the columns."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable, Iterator

from voxpop.errors import DataError
from voxpop.tables.encodings import ERRORS, UNDECODABLE, choose_encoding
from voxpop.tables.options import ReadingOptions
from voxpop.tables.source import FileSource
from voxpop.tables.table import SAMPLE_ROWS, Layout, Survey, Table, TableBatch

UNREAD = "voxpop_unread"
"""The column that keeps a line which holds no object; there only when such a line is."""


class JsonlTable(Table):
    """JSON Lines. Until it was surveyed, its columns are the keys of the first objects.

    Raises:
        DataError: it begins like one large JSON array, or holds no object at its beginning.
    """

    kind = "jsonl"

    def __init__(self, source: FileSource, options: ReadingOptions) -> None:
        self._encoding = choose_encoding(source, options.encoding)
        reasons = (f"{self._encoding.name} ({self._encoding.reason})", "one JSON object a line")
        super().__init__(source, Layout(kind=self.kind, columns=(), reasons=reasons))
        keys: dict[str, None] = {}
        first = ""
        for value, line, _ in itertools.islice(self._records(), SAMPLE_ROWS):
            first = first or line
            keys |= dict.fromkeys(value or ())
        if not keys or first.lstrip().startswith("["):
            array = first.lstrip().startswith("[")
            raise DataError(
                f"{str(self.path)!r} "
                + ("is one JSON array" if array else "holds no JSON object at its beginning")
                + '. Write one object a line, such as {"content": "Broke."}'
                + (", by: jq -c '.[]'" if array else "")
            )
        self._take(tuple(keys))

    def batches(self, rows: int, *, first: int = 0) -> Iterator[TableBatch]:
        """Give the rows in order; see `Table.batches`."""
        records = self._records(skip=first * rows)
        start = first * rows
        while chunk := list(itertools.islice(records, rows)):
            cells = [
                [
                    line if name == UNREAD and value is None else (value or {}).get(name)
                    for value, line, _ in chunk
                ]
                for name in self.columns
            ]
            yield TableBatch(start, [problem for _, _, problem in chunk], cells)
            start += len(chunk)

    def survey(self, tell: Callable[[int], None]) -> Survey:
        """Count the rows and collect the keys of all objects, which become the columns."""
        keys: dict[str, None] = dict.fromkeys(self.columns)
        count, unread = 0, False
        for value, _, _ in self._records():
            count += 1
            if value is None:
                unread = True
            elif not keys.keys() >= value.keys():
                keys |= dict.fromkeys(value)
            if count % 10_000 == 0:
                tell(count)
        if unread:
            keys[UNREAD] = None
        self._take(tuple(keys))
        return Survey(rows=count, columns=self.columns)

    def widen(self, columns: tuple[str, ...]) -> None:
        """Take more columns than its own objects have; they are missing everywhere."""
        self._take(columns)

    def _take(self, columns: tuple[str, ...]) -> None:
        before = self.layout
        self.layout = Layout(
            kind=self.kind,
            columns=columns,
            reasons=before.reasons,
            settings={"encoding": self._encoding.name},
        )

    def _records(self, skip: int = 0) -> Iterator[tuple[dict[str, object] | None, str, str | None]]:
        """Give object, line and problem of every line; no object where the line holds none."""
        with self.source.open() as stream:
            text = io.TextIOWrapper(
                stream, encoding=self._encoding.name, errors=ERRORS, newline="\n"
            )
            try:
                lines = (line for line in text if not line.isspace())
                for line in itertools.islice(lines, skip, None):
                    yield self._read(line.rstrip("\r\n"))
            finally:
                if not text.closed:
                    text.detach()

    def _read(self, line: str) -> tuple[dict[str, object] | None, str, str | None]:
        problem = None
        if not line.isascii() and UNDECODABLE in line:
            line = line.replace(UNDECODABLE, "\ufffd")
            problem = f"bytes that are not {self._encoding.name}"
        try:
            value = json.loads(line, parse_constant=_refuse)
        except (ValueError, RecursionError):
            return None, line, problem or "invalid JSON"
        if not isinstance(value, dict):
            return None, line, problem or "no JSON object"
        if "\\u" in line and not _is_unicode(value):
            return None, line, "half a character (\\ud...)"
        return value, line, problem


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _is_unicode(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
