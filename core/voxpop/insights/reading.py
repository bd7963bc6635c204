"""Reads files of reviews into the columns that insights rest on, and counts what is left out."""

from __future__ import annotations

import datetime
import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voxpop.errors import DataError, UsageError
from voxpop.events import Listener, Notice, Progress, StageStarted, ignore_events
from voxpop.insights.stray_days import days_to_come, far_days
from voxpop.tables.cells import cell_text, is_empty
from voxpop.tables.date_column import DateColumn
from voxpop.tables.opening import open_table
from voxpop.tables.options import ReadingOptions, Role
from voxpop.tables.ratings import ABOVE_FIVE, ANOTHER_SCALE, is_another_scale, read_stars
from voxpop.tables.roles import ChosenColumn, choose_columns
from voxpop.tables.row_texts import role_values, row_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.tables.table import Table, TableBatch

_BATCH_ROWS = 10_000
_NOT_A_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True, kw_only=True, eq=False)
class FileReviews:
    """The rows of files that have a text, n of them, and what became of the others.

    Attributes:
        names: of the files, as they were given.
        columns: which column plays which role, a tuple a file.
        read: rows in the files.
        left_out: rows without a usable text, by reason.
        unreadable: filled cells of dates and ratings that could not be read or cannot be right, by
            role and reason.
        texts: n texts, title and content joined.
        file: int64 of shape (n,): a review's place in `names`.
        row: int64 of shape (n,): its row there, the first one after the header is 1.
        products: n names; None when no file has such a column. So for authors, days, stars.
        days: datetime64[D] of shape (n,), NaT where it is not known.
        stars: float64 of shape (n,), NaN where they are not known.
        truth: labels that a person gave, by place.
    """

    names: tuple[str, ...]
    columns: tuple[tuple[ChosenColumn, ...], ...]
    read: int
    left_out: dict[str, int]
    unreadable: dict[str, int]
    texts: list[str]
    file: NDArray[np.int64]
    row: NDArray[np.int64]
    products: list[str | None] | None
    authors: list[str | None] | None
    days: NDArray[np.datetime64] | None
    stars: NDArray[np.float64] | None
    truth: dict[int, str]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass
class _Gathered:
    """The columns while they grow, a value a review."""

    texts: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    values: dict[Role, list[str | None]] = field(default_factory=dict)
    days: list[NDArray[np.datetime64]] = field(default_factory=list)  # an array a file
    stars: list[float] = field(default_factory=list)
    truth: dict[int, str] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)


def read_reviews(
    files: Sequence[Path],
    options: ReadingOptions | None = None,
    *,
    labels: Sequence[str] = (),
    labels_column: str | None = None,
    today: datetime.date | None = None,
    listen: Listener = ignore_events,
) -> FileReviews:
    """Read the reviews of files, which may have different columns.

    Args:
        files: CSV, JSON Lines, Parquet or Excel.
        options: what is known of them; the rest is guessed, and what was guessed is in the result.
        labels: the classifier's.
        labels_column: holds labels that a person gave; an empty cell is none.
        today: days after it are not known; None asks the clock.
        listen: hears how far it is, and which dates cannot be right.

    Raises:
        DataError: a file cannot be read, has no reviews, or a label is none of `labels`.
        UsageError: a column that is asked for does not exist, or the order of dates is not clear,
            in all rows of a file together.
    """
    options = options or ReadingOptions()
    if not files:
        raise UsageError("There is no file to read")
    listen(StageStarted(stage="reading reviews"))
    all_ = _Gathered()
    counts, chosen, read = [], [], 0
    for file in files:
        table = open_table(Path(file), options)
        columns = choose_columns(table, options)
        before = len(all_.texts)
        reader = _Reader(table, columns, options, labels, labels_column)
        for batch in table.batches(_BATCH_ROWS):
            reader.add(batch, all_)
            read += len(batch)
            listen(Progress(stage="reading reviews", done=read, total=None, unit="rows"))
        counts.append(len(all_.texts) - before)
        chosen.append(tuple(reader.finish(all_, before).values()))
    if not all_.texts:
        raise DataError(
            f"No row of {', '.join(repr(str(file)) for file in files)} has a text to read: "
            + ("; ".join(f"{count:,} {why}" for why, count in all_.left_out.items()) or "no rows")
        )

    def has(role: Role) -> bool:
        return any(one.name for columns in chosen for one in columns if one.role == role)

    days = np.concatenate(all_.days) if has("date") else None
    if days is not None:
        _forget_stray(days, today or datetime.date.today(), all_.unreadable, listen)
    return FileReviews(
        names=tuple(str(file) for file in files),
        columns=tuple(chosen),
        read=read,
        left_out=dict(sorted(all_.left_out.items())),
        unreadable=dict(sorted(all_.unreadable.items())),
        texts=all_.texts,
        file=np.repeat(np.arange(len(files)), counts),
        row=np.array(all_.rows, dtype=np.int64),
        products=all_.values["product"] if has("product") else None,
        authors=all_.values["author"] if has("author") else None,
        days=days,
        stars=np.array(all_.stars) if has("rating") else None,
        truth=all_.truth,
    )


def _name(value: object) -> str | None:
    """Give a name as one spelling: what looks the same is one product, or one author."""
    return unicodedata.normalize("NFC", " ".join(cell_text(value).split())) or None


def _forget_stray(
    days: NDArray[np.datetime64], today: datetime.date, unreadable: Counter[str], listen: Listener
) -> None:
    """Make days that cannot be right not known, in place, and tell them."""
    for why, find in (
        ("after today", lambda days: days_to_come(days, today)),
        ("far from all others", far_days),
    ):
        stray = find(days)
        if stray.any():
            unreadable[f"dates: {why}"] += (count := int(stray.sum()))
            some = ", ".join(map(str, np.unique(days[stray])[:3]))
            listen(
                Notice(
                    message=f"{count:,} date{'s' if count != 1 else ''} {why} ({some}) "
                    f"count{'s' if count == 1 else ''} as not known"
                )
            )
            days[stray] = _NOT_A_DAY


class _Reader:
    """Reads the batches of one file."""

    def __init__(
        self,
        table: Table,
        columns: dict[Role, ChosenColumn],
        options: ReadingOptions,
        labels: Sequence[str],
        labels_column: str | None,
    ) -> None:
        self._table = table
        self._columns = columns
        self._labels, self._labels_column = tuple(labels), labels_column
        if labels_column is not None and labels_column not in table.columns:
            raise UsageError(
                f"{str(table.path)!r} has no column {labels_column!r} (--labels-column). There "
                f"are: {', '.join(map(repr, table.columns))}"
            )
        date = columns["date"]
        self._dates = (
            None if date.name is None else DateColumn(table.path, date, options.date_order)
        )
        self._unread_stars: Counter[str] = Counter()

    def add(self, batch: TableBatch, to: _Gathered) -> None:
        """Add the rows of a batch that have a text."""
        texts, problems = row_texts(self._table, self._columns, batch)
        days, stars = self._values(batch, "date"), self._values(batch, "rating")
        roles: tuple[Role, ...] = ("product", "author")
        named = {role: self._values(batch, role) for role in roles}
        told = self._told(batch)
        for place, (text, problem) in enumerate(zip(texts, problems, strict=True)):
            row = batch.start + place + 1
            if text is None:
                to.left_out[(problem or "").partition(" (")[0]] += 1
                if self._dates is not None and batch.problems[place] is None:
                    self._dates.look(days[place], row)  # its date tells the order all the same
                continue
            if told is not None:
                self._add_label(told[place], row, to)
            to.texts.append(text)
            to.rows.append(row)
            for role, values in named.items():
                to.values.setdefault(role, []).append(_name(values[place]))
            if self._dates is not None:
                self._dates.add(days[place], row)
            to.stars.append(self._stars(stars[place], to))

    def finish(self, to: _Gathered, first: int) -> dict[Role, ChosenColumn]:
        """Judge dates and stars by all of the file; give its columns, with what was found.

        Args:
            to: what was gathered; the file's reviews are those from `first` on.
            first: how many reviews there were before.
        """
        columns = {**self._columns, "rating": self._judge_stars(to, first)}
        if self._dates is None:
            to.days.append(np.full(len(to.texts) - first, _NOT_A_DAY))
            return columns
        days, unreadable, date = self._dates.finish()
        to.days.append(days)
        to.unreadable.update({f"dates: {why}": count for why, count in unreadable.items()})
        return {**columns, "date": date}

    def _judge_stars(self, to: _Gathered, first: int) -> ChosenColumn:
        """Take the file's stars back when its column is on another scale."""
        column = self._columns["rating"]
        above = self._unread_stars[ABOVE_FIVE]
        read = sum(not math.isnan(one) for one in to.stars[first:])
        if not is_another_scale(above, read + above):
            return column
        for why, count in self._unread_stars.items():
            to.unreadable[f"ratings: {why}"] -= count
        to.unreadable = +to.unreadable  # without those that are 0
        to.unreadable[f"ratings: {ANOTHER_SCALE}"] += read + self._unread_stars.total()
        to.stars[first:] = [math.nan] * (len(to.stars) - first)
        reason = f"{column.reason}; {ANOTHER_SCALE}, so no stars from 1 to 5"
        return replace(column, reason=reason)

    def _values(self, batch: TableBatch, role: Role) -> Sequence[object]:
        return role_values(self._table, self._columns, batch, role)

    def _told(self, batch: TableBatch) -> Sequence[object] | None:
        if self._labels_column is None:
            return None
        return batch.column(self._table.columns.index(self._labels_column))

    def _add_label(self, value: object, row: int, to: _Gathered) -> None:
        label = cell_text(value).strip()
        if not label:
            return
        if label not in self._labels:
            raise DataError(
                f"{str(self._table.path)!r}, row {row}: {label[:40]!r} in the column "
                f"{self._labels_column!r} is no label. Labels are: {', '.join(self._labels)}; an "
                "empty cell says that nobody labelled the review"
            )
        to.truth[len(to.texts)] = label

    def _stars(self, value: object, to: _Gathered) -> float:
        if is_empty(value):
            return math.nan
        found = read_stars(value)
        if isinstance(found, str):
            self._unread_stars[found] += 1
            to.unreadable[f"ratings: {found}"] += 1
            return math.nan
        return found
