"""Single values as text, as a person would write them."""

from __future__ import annotations

import datetime
import json


def cell_text(value: object) -> str:
    """Give a value as text; a missing one is empty. A whole number loses its `.0`.

    Lists and tables become JSON; bytes that are no UTF-8 are shown as hexadecimal digits.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
        case datetime.datetime():
            midnight = value.time() == datetime.time() and value.tzinfo is None
            return value.date().isoformat() if midnight else value.isoformat(sep=" ")
        case datetime.date() | datetime.time():
            return value.isoformat()
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                return value.hex()
        case list() | dict() | tuple():
            return json.dumps(value, ensure_ascii=False, default=cell_text)
    return str(value)


def is_empty(value: object) -> bool:
    """Say whether a cell holds nothing, or nothing but spaces."""
    return value is None or (isinstance(value, str) and not value.strip())
