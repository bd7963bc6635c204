"""The columns of a batch by the roles that they play, and the texts of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voxpop.data.review_text import review_text
from voxpop.tables.cells import cell_text
from voxpop.tables.options import Role
from voxpop.tables.roles import ChosenColumn
from voxpop.tables.table import Table, TableBatch


def role_values(
    table: Table, columns: Mapping[Role, ChosenColumn], batch: TableBatch, role: Role
) -> Sequence[object]:
    """Give the cells of the column that plays a role, one a row; None where no column does."""
    name = columns[role].name
    return [None] * len(batch) if name is None else batch.column(table.columns.index(name))


def row_texts(
    table: Table, columns: Mapping[Role, ChosenColumn], batch: TableBatch
) -> tuple[list[str | None], list[str | None]]:
    """Give the text of every row, and why it has none; one of the two is None."""
    contents = role_values(table, columns, batch, "content")
    titles = role_values(table, columns, batch, "title")
    texts: list[str | None] = []
    problems = list(batch.problems)
    for place, (title, content) in enumerate(zip(titles, contents, strict=True)):
        text = None
        if problems[place] is None:
            if isinstance(content, list | dict | bool | bytes):
                problems[place] = f"no text but a {type(content).__name__}"
            else:
                text = review_text(cell_text(title), cell_text(content)) or None
                problems[place] = None if text else "no text"
        texts.append(text)
    return texts, problems
