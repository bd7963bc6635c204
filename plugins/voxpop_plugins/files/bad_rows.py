"""Refuses rows that cannot be used, or counts them, as the config says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from voxpop import DataError
from voxpop_plugins.files.rows import BadRow, Reader


class BadRows:
    """The bad rows of one file."""

    def __init__(self, path: Path, reader: Reader, policy: Literal["refuse", "skip"]) -> None:
        self._path = path
        self._reader = reader
        self._policy = policy
        self._kinds: Counter[str] = Counter()
        self._first = ""

    def add(self, row: BadRow) -> None:
        """Take a bad row.

        Raises:
            DataError: bad rows are refused.
        """
        if not self._kinds or self._policy == "refuse":
            # Found only now: it may mean reading the file up to there once more.
            self._first = f"{self._reader.where(row.place)}: {row.reason}"
        if self._policy == "refuse":
            raise DataError(
                f"{str(self._path)!r}, {self._first}. Mend the row, or set "
                '`bad_rows = "skip"` in [data] to leave such rows out and have them counted'
            )
        self._kinds[row.kind] += 1

    def note(self) -> Mapping[str, Any]:
        """Give the counts by kind, and the first bad row, as JSON."""
        return {"kinds": dict(sorted(self._kinds.items())), "first": self._first}


def describe_skipped(path: Path, note: Mapping[str, Any], used: int) -> str | None:
    """Say how many rows of a file were left out and why; None when there were none."""
    kinds: Mapping[str, int] = note["kinds"]
    skipped = sum(kinds.values())
    if not skipped:
        return None
    reasons = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    return (
        f"{skipped} of {skipped + used} rows of {str(path)!r} were left out ({reasons}); "
        f"the first is {note['first']}"
    )
