"""Names that are nearly right: the end of most messages about a name that is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, names: Iterable[str]) -> str:
    """Give `. Did you mean 'x'?` for the nearest of the names, or nothing when none is near."""
    near = difflib.get_close_matches(name, list(names), n=1)
    return f". Did you mean {near[0]!r}?" if near else ""
