"""Reads one sheet of an Excel or OpenDocument workbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from voxpop.errors import DataError, UsageError
from voxpop.tables.header_words import is_known_name
from voxpop.tables.libraries import import_extra
from voxpop.tables.options import ReadingOptions
from voxpop.tables.source import FileSource, faults_told
from voxpop.tables.table import Layout, Table, TableBatch, unique_names


class ExcelTable(Table):
    """One sheet; a workbook is read into memory whole (it holds 1,048,576 rows at most).

    Raises:
        DataError: it is no workbook, or which sheet is meant is not clear.
    """

    kind = "excel"

    def __init__(self, source: FileSource, options: ReadingOptions) -> None:
        library = import_extra("python_calamine", "Reading Excel")
        try:
            with faults_told(source.path):
                workbook = library.load_workbook(str(source.path))
                name, sheet = _choose(source, workbook, options.sheet)
                rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
        except library.CalamineError as error:
            raise DataError(
                f"{str(source.path)!r} cannot be read as a workbook: {error}. It is damaged, "
                "locked by a password, or something else; save it anew as .xlsx or .csv"
            ) from error
        self._rows = [row for row in rows if any(cell != "" for cell in row)]
        if not self._rows:
            raise DataError(f"The sheet {name!r} of {str(source.path)!r} is empty")
        header, reason = self._header(source, options.header)
        names = [str(cell) for cell in self._rows[0]] if header else [""] * len(self._rows[0])
        self._from = int(header)
        layout = Layout(
            kind=self.kind,
            columns=unique_names(names),
            reasons=(f"the sheet {name!r}", reason),
            settings={"sheet": name, "header": header},
        )
        super().__init__(source, layout)

    def batches(self, rows: int, *, first: int = 0) -> Iterator[TableBatch]:
        """Give the rows in order; see `Table.batches`."""
        for start in range(first * rows, len(self._rows) - self._from, rows):
            begin = start + self._from
            chunk = self._rows[begin : begin + rows]
            values = [[None if cell == "" else cell for cell in row] for row in chunk]
            yield TableBatch(start, [None] * len(chunk), list(zip(*values, strict=True)))

    def _header(self, source: FileSource, told: bool | None) -> tuple[bool, str]:
        if told is not None:
            return told, "the first row holds names" if told else "the first row is a review"
        first = self._rows[0]
        known = [cell for cell in first if isinstance(cell, str) and is_known_name(cell)]
        if known:
            return True, f"the first row holds names: {', '.join(known[:3])}"
        if any(not isinstance(cell, str) for cell in first):
            return False, "the first row holds numbers or dates, so no names"
        raise DataError(
            f"Whether the first row of {str(source.path)!r} holds the names of the columns is not "
            f"clear: {', '.join(repr(cell[:40]) for cell in first[:6])}. Say --header or "
            "--no-header"
        )


def _choose(source: FileSource, workbook: Any, wanted: str | None) -> tuple[str, Any]:
    names: list[str] = list(workbook.sheet_names)
    if wanted is not None:
        if wanted not in names:
            raise UsageError(
                f"{str(source.path)!r} has no sheet {wanted!r}. There are: "
                f"{', '.join(map(repr, names))}"
            )
        return wanted, workbook.get_sheet_by_name(wanted)
    sheets = [(name, workbook.get_sheet_by_name(name)) for name in names]
    filled = [(name, sheet) for name, sheet in sheets if sheet.height > 0]
    if not filled:
        raise DataError(f"Every sheet of {str(source.path)!r} is empty")
    if len(filled) > 1:
        raise DataError(
            f"{str(source.path)!r} has several sheets: {', '.join(repr(n) for n, _ in filled)}. "
            "Say which one with --sheet"
        )
    return filled[0]
