"""Writes TOML (https://toml.io, 1.0). The standard library only reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(tables: Mapping[str, object]) -> str:
    """Write a mapping of JSON-able values as TOML.

    A key whose value is None stands as a comment, since TOML has no null.
    """
    return "\n".join(_lines(tables, ())).strip("\n") + "\n"


def toml_value(value: object) -> str:
    """Write one value on one line.

    Raises:
        ValueError: TOML cannot say it.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        pairs = (f"{_key(key)} = {toml_value(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    raise ValueError(f"TOML cannot say {value!r}")


def _lines(table: Mapping[str, object], path: tuple[str, ...]) -> Iterator[str]:
    """Give a table's plain values first: what follows a header belongs to it."""
    for key, value in table.items():
        if value is None:
            yield f"# {_key(key)} is not set"
        elif not _is_table(value) and not _is_list_of_tables(value):
            yield f"{_key(key)} = {toml_value(value)}"
    for key, value in table.items():
        inner = (*path, key)
        header = ".".join(map(_key, inner))
        if isinstance(value, Mapping):
            yield from ("", f"[{header}]", *_lines(value, inner))
        elif isinstance(value, Sequence) and _is_list_of_tables(value):
            for item in value:
                yield from ("", f"[[{header}]]", *_lines(item, inner))


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_table, value))


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else toml_value(key)
