"""Turns the typed values of JSON and Parquet into texts."""

from __future__ import annotations

import json


def as_text(value: object) -> str | None:
    """Give a value as text, None for a missing one.

    A whole number loses its `.0`, since a column of labels 0 and 1 turns into 0.0 and 1.0 as soon
    as one is missing. Lists and tables become JSON.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
