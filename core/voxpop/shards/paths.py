"""Keeps the folders of this machine out of a manifest that others read."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def without_folders(value: Any) -> Any:
    """Give JSON-able options back with the last name alone of every path on this machine.

    A path is what begins at the root, at a home or in a folder that is here; the name of a data
    set, such as `stanfordnlp/imdb`, is none.
    """
    if isinstance(value, dict):
        return {key: without_folders(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_folders(each) for each in value]
    return _last_name(value) if isinstance(value, str) and _is_path(value) else value


def _is_path(value: str) -> bool:
    path = Path(value)
    if not path.name or "\0" in value or len(path.parts) < 2:  # "/" alone may be a separator
        return False
    try:
        return path.is_absolute() or value.startswith("~") or Path(path.parts[0]).is_dir()
    except OSError:  # a name that is too long
        return False


def _last_name(path: str) -> str:
    return Path(path).name
