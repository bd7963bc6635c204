"""Turns the typed values of JSON and Parquet into texts."""

from __future__ import annotations

import json


class NotTextError(ValueError):
    """A value is no text and has no obvious form as one; the message ends a sentence."""


def plain_text(value: object) -> str | None:
    """Give a single value as text, None for a missing one.

    A whole number loses its `.0`, since a column of labels 0 and 1 turns into 0.0 and 1.0 as soon
    as one is missing.

    Raises:
        NotTextError: the value is a list, a table or bytes that are no UTF-8.
    """
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError as error:
                raise NotTextError("bytes that are no UTF-8") from error
        case list() | dict():
            raise NotTextError("a list" if isinstance(value, list) else "a table")
    return str(value)


def any_text(value: object) -> str | None:
    """Give any value as text; what `plain_text` refuses becomes JSON."""
    try:
        return plain_text(value)
    except NotTextError:
        return json.dumps(value, ensure_ascii=False, default=str)
