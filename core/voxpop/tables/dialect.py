"""How a delimited text file is written: delimiter, quotes, whether the first row holds names."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voxpop.errors import DataError, UsageError
from voxpop.tables.contents import is_date, is_number
from voxpop.tables.header_words import is_known_name
from voxpop.tables.options import ReadingOptions

LONGEST_CELL = 1 << 24  # characters; beyond it a quote was never closed
NO_DELIMITER = "\x1f"  # a character that no text file holds: every line is one cell

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_ESCAPED = re.compile(r'\\"[^",;\t|\r\n]')  # a quote inside of quotes: after a backslash,
_DOUBLED = re.compile(r'[^",;\t|\n]""[^",;\t|\r\n]')  # or written twice
_LONGEST_NAME = 80  # characters; a longer first cell is no name of a column


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How to read the lines.

    Attributes:
        delimiter: one character.
        quotes: `"` encloses cells.
        backslash: a quote inside of quotes is written after a backslash, not twice.
        header: the first row holds names.
        skip: lines before the first row (`sep=;`, as Excel writes it).
    """

    delimiter: str
    quotes: bool
    backslash: bool
    header: bool
    skip: int

    def reader(self, lines: Iterable[str]) -> Any:
        """Read rows of cells from lines, the skipped ones left out."""
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quoting=csv.QUOTE_MINIMAL if self.quotes else csv.QUOTE_NONE,
            doublequote=not self.backslash,
            escapechar="\\" if self.backslash else None,
        )


@dataclass(frozen=True)
class _Trial:
    dialect: Dialect
    rows: list[list[str]]
    width: int
    even: float  # share of rows as wide as the first one

    @property
    def known(self) -> int:
        return sum(map(is_known_name, self.rows[0]))

    @property
    def cuts(self) -> bool:
        """It makes columns: of nearly all rows, or of most and their names are known."""
        return self.width > 1 and (self.even >= 0.9 or (self.even >= 0.5 and self.known > 0))

    @property
    def rank(self) -> tuple[bool, float, int]:
        return self.cuts, round(self.even, 1), self.known if self.width > 1 else 0


def choose_dialect(
    path: Path, text: str, whole: bool, options: ReadingOptions
) -> tuple[Dialect, list[str]]:
    """Find out how a file is written from its first characters.

    Args:
        path: for messages.
        text: the first characters.
        whole: these are all.
        options: what is known already.

    Returns:
        The dialect, and the reasons for it.

    Raises:
        DataError: two delimiters fit alike, or whether there is a header is not clear.
    """
    skip, told = 0, options.delimiter
    first = text.partition("\n")[0].rstrip("\r")
    if first.startswith("sep=") and len(first) == 5:
        skip, told = 1, told or first[4]
    if told is not None and (len(told) != 1 or told in '"\r\n'):
        raise UsageError(f"A delimiter is one character and no quote, not {told!r}")
    body = text.split("\n", skip)[-1]
    trials = _trials(body, whole, told, options.quotes, skip)
    if not trials:
        raise DataError(f"{str(path)!r} holds nothing but blank lines")
    best = _best(path, trials, told, body, whole, options.quotes, skip)
    name = _DELIMITERS.get(best.dialect.delimiter, repr(best.dialect.delimiter))
    if best.dialect.delimiter == NO_DELIMITER:
        reasons = ["one review a line: no delimiter cuts the lines alike"]
    elif best.width == 1:
        reasons = ["one column"]
    else:
        reasons = [f"{name} make {best.width} columns in {best.even:.0%} of the first rows"]
    header, reason = _header(path, best, options.header)
    return (
        Dialect(
            delimiter=best.dialect.delimiter,
            quotes=best.dialect.quotes,
            backslash=best.dialect.backslash,
            header=header,
            skip=skip,
        ),
        [*reasons, reason],
    )


def _trials(
    body: str, whole: bool, told: str | None, quotes: bool | None, skip: int
) -> list[_Trial]:
    delimiters = [told] if told is not None else list(_DELIMITERS)
    trials = []
    for quoted in (True, False) if quotes is None else (quotes,):
        backslash = quoted and bool(_ESCAPED.search(body)) and not _DOUBLED.search(body)
        for delimiter in delimiters:
            dialect = Dialect(
                delimiter=delimiter, quotes=quoted, backslash=backslash, header=True, skip=skip
            )
            trial = _try(dialect, body, whole)
            if trial is not None:
                trials.append(trial)
    return trials


def _try(dialect: Dialect, body: str, whole: bool) -> _Trial | None:
    try:
        rows = [row for row in dialect.reader(io.StringIO(body, newline="")) if row]
    except csv.Error:
        return None
    if not whole and len(rows) > 1:
        rows.pop()  # most likely cut short
    if not rows:
        return None
    width = len(rows[0])
    return _Trial(dialect, rows, width, sum(len(row) == width for row in rows) / len(rows))


def _best(
    path: Path,
    trials: list[_Trial],
    told: str | None,
    body: str,
    whole: bool,
    quotes: bool | None,
    skip: int,
) -> _Trial:
    """Take the delimiter that cuts the rows most evenly; quotes are meant when in doubt."""
    best = max(trials, key=lambda trial: trial.rank)  # the first of equals: with quotes
    if told is not None:
        return best
    if best.cuts:
        for other in trials:
            if (
                other.dialect.delimiter != best.dialect.delimiter
                and other.cuts
                and other.rank == best.rank
            ):
                raise DataError(
                    f"{str(path)!r} may be delimited by {best.dialect.delimiter!r} or by "
                    f"{other.dialect.delimiter!r}: both cut the first rows alike. Say which one "
                    "with --delimiter"
                )
        return best
    single = next((trial for trial in trials if trial.width == 1 and trial.even == 1), None)
    doubtful = [trial for trial in trials if trial.width > 1 and trial.even >= 0.5]
    if single is not None and not doubtful:
        return single
    lines = Dialect(
        delimiter=NO_DELIMITER, quotes=bool(quotes), backslash=False, header=True, skip=skip
    )
    whole_lines = _try(lines, body, whole)
    if not doubtful and best.width == 1 and whole_lines is not None:
        return whole_lines
    best = max(doubtful or trials, key=lambda trial: trial.even)
    raise DataError(
        f"{str(path)!r} cannot be cut into columns: {best.dialect.delimiter!r} makes "
        f"{best.width} columns of the first row, and as many of only {best.even:.0%} of the first "
        "rows. Say how it is written with --delimiter and --quotes or --no-quotes"
    )


def _header(path: Path, trial: _Trial, told: bool | None) -> tuple[bool, str]:
    if told is not None:
        return told, "the first row holds names" if told else "the first row is a review"
    names = trial.rows[0]
    known = [name for name in names if is_known_name(name)]
    if known and not any(len(name) > _LONGEST_NAME for name in names):
        return True, f"the first row holds names: {', '.join(known[:3])}"
    data = [cell for cell in names if is_number(cell) or is_date(cell) or len(cell) > _LONGEST_NAME]
    if data:
        return False, f"the first row is a review, not names: {data[0][:40]}"
    below = Counter(
        place
        for row in trial.rows[1:50]
        for place, cell in enumerate(row[: len(names)])
        if is_number(cell) or is_date(cell) or len(cell) > _LONGEST_NAME
    )
    if below and len(trial.rows) > 2 and max(below.values()) > len(trial.rows[1:50]) / 2:
        return True, "the first row is unlike those below it"
    if len(trial.rows) == 1:
        return False, "there is one row"
    raise DataError(
        f"Whether the first row of {str(path)!r} holds the names of the columns is not clear: "
        f"{', '.join(repr(name[:40]) for name in names[:6])}. Say --header or --no-header"
    )
