"""Which columns of a file are title, content, label and extras."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from voxpop import DataError
from voxpop_plugins.files.config import FilesConfig

_CONTENT = ("content", "text", "review")
_RESERVED = ("text", "label")  # a split's own columns
_APART = ("title", "content")  # the same, where title and content are kept apart


@dataclass(frozen=True)
class Roles:
    """Positions in a row; `extras` by the name that they get in the split."""

    title: int | None
    content: int
    label: int
    extras: dict[str, int]


def choose_roles(path: Path, columns: tuple[str, ...], config: FilesConfig) -> Roles:
    """Find the columns that the config names, or the usual ones.

    A column that is neither of the three is an extra under its own name; one that is called like a
    column of a split, `text` or `label`, becomes `text_column` or `label_column`.

    Raises:
        DataError: a column is missing, or stands there twice.
    """
    content = config.content_column or next((n for n in _CONTENT if n in columns), None)
    title = config.title_column or ("title" if "title" in columns else None)
    if content is None:
        raise DataError(
            f"{str(path)!r} has none of the columns {', '.join(map(repr, _CONTENT))}. Set "
            f"`content_column` in [data] to the one that holds the reviews. {_there_are(columns)}"
        )
    chosen = {
        option: _find(path, columns, name, option)
        for option, name in (
            ("content_column", content),
            ("label_column", config.label_column),
            ("title_column", title),
        )
        if name is not None
    }
    if len(set(chosen.values())) < len(chosen):
        raise DataError(
            f"`content_column`, `label_column` and `title_column` in [data] name the same column: "
            f"{content!r}, {config.label_column!r}, {title!r}. {_there_are(columns)}"
        )
    reserved = (*_RESERVED, *_APART) if config.keep_apart else _RESERVED
    extras: dict[str, int] = {}
    for position, name in enumerate(columns):
        if name and position not in chosen.values():
            extras.setdefault(f"{name}_column" if name in reserved else name, position)
    return Roles(
        chosen.get("title_column"), chosen["content_column"], chosen["label_column"], extras
    )


def _find(path: Path, columns: tuple[str, ...], name: str, option: str) -> int:
    if columns.count(name) == 1:
        return columns.index(name)
    if name in columns:
        raise DataError(f"{str(path)!r} has several columns {name!r} (`{option}` in [data])")
    near = difflib.get_close_matches(name, columns, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise DataError(
        f"{str(path)!r} has no column {name!r} (`{option}` in [data]). {hint}{_there_are(columns)}"
    )


def _there_are(columns: tuple[str, ...]) -> str:
    text = f"There are: {', '.join(repr(name[:60]) for name in columns)}"
    if len(columns) == 1:
        marks = [mark for mark in ";\t|," if mark in columns[0]]
        if marks:
            text += f". Is {marks[0]!r} the delimiter? Then set `delimiter` in [data]"
    return text
