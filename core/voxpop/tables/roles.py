"""Which column holds what: guessed from names and contents, with the reason, never in silence."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from voxpop.errors import DataError, UsageError
from voxpop.tables.cells import cell_text
from voxpop.tables.contents import Contents
from voxpop.tables.dates import find_order
from voxpop.tables.header_words import name_evidence
from voxpop.tables.options import ROLES, ReadingOptions, Role
from voxpop.tables.table import Table

_ENOUGH = 0.9  # of a column's cells must look the part
_SAMPLES = 3
_SURE = 1.0  # ahead of the next column by less than this, nothing is decided
_FEW_WORDS = 4.0  # a mean of so many words makes a column without a name a text


@dataclass(frozen=True, kw_only=True)
class ChosenColumn:
    """A column that plays a role.

    Attributes:
        role: what it holds.
        name: what it is called; None when no column plays the role.
        reason: why it was taken, or why none was.
        samples: up to three values.
        question: what a person must say before the column can be used; None when it is clear.
    """

    role: Role
    name: str | None
    reason: str
    samples: tuple[str, ...] = ()
    question: str | None = None


def choose_columns(table: Table, options: ReadingOptions) -> dict[Role, ChosenColumn]:
    """Choose a column for each role: what is asked for, else what name and contents speak for.

    Only the content is needed; for all others there may be none.

    Raises:
        DataError: which column holds the reviews is not clear.
        UsageError: a column that is asked for does not exist, or is asked for twice.
    """
    sample = table.sample()
    columns = {name: list(sample.column(place)) for place, name in enumerate(table.columns)}
    told = _told(table, options)
    contents = {name: Contents.of(values) for name, values in columns.items()}
    scores = {
        role: {
            name: score
            for name in columns
            if name not in told.values() and (score := _score(role, name, contents)) > 0
        }
        for role in ROLES
        if role not in told and role not in options.without
    }
    chosen: dict[Role, ChosenColumn] = {
        role: ChosenColumn(role=role, name=None, reason="as you say") for role in options.without
    }
    for role, name in told.items():
        chosen[role] = _described(role, name, "as you say", columns, options)
    taken = set(told.values())
    while open_roles := [role for role in scores if role not in chosen]:
        role = max(open_roles, key=lambda one: max(_left(scores[one], taken).values(), default=0))
        left = _left(scores[role], taken)
        chosen[role] = _choose(table, role, left, contents, columns, options)
        taken |= {chosen[role].name or ""}
    return {role: chosen[role] for role in ROLES}


def _left(scores: dict[str, float], taken: set[str]) -> dict[str, float]:
    return {name: score for name, score in scores.items() if name not in taken}


def _choose(
    table: Table,
    role: Role,
    scores: dict[str, float],
    contents: dict[str, Contents],
    columns: dict[str, list[object]],
    options: ReadingOptions,
) -> ChosenColumn:
    ranked = sorted(scores, key=lambda name: -scores[name])
    if role == "content" and not ranked:
        raise DataError(
            f"No column of {str(table.path)!r} looks like the text of reviews. Say which one it "
            f"is with --content. There are: {_quoted(columns)}"
        )
    if not ranked:
        return ChosenColumn(role=role, name=None, reason="no column looks like it")
    if len(ranked) > 1 and scores[ranked[0]] - scores[ranked[1]] < _SURE:
        rivals = [name for name in ranked if scores[ranked[0]] - scores[name] < _SURE]
        if role == "content":
            raise DataError(
                f"Which column of {str(table.path)!r} holds the reviews is not clear: "
                f"{_quoted(rivals)}. Say it with --content"
                + ("; a headline goes with --title" if len(rivals) == 2 else "")
            )
        return ChosenColumn(
            role=role,
            name=None,
            reason=f"{_quoted(rivals)} look alike; say which one with --{role}",
        )
    name = ranked[0]
    return _described(role, name, _reason(role, name, contents[name]), columns, options)


def _score(role: Role, name: str, contents: dict[str, Contents]) -> float:
    """Say how much speaks for a column, 0 when it cannot be."""
    looks = contents[name]
    named = name_evidence(name).get(role, 0.0)
    if not looks.filled:
        return named if named == 3 and role != "content" else 0.0
    is_text = looks.dates < _ENOUGH and looks.numbers < _ENOUGH and looks.links < _ENOUGH
    match role:
        case "content":
            if not is_text or looks.words < 1:
                return 0.0
            longest = max(other.words for other in contents.values())
            body = looks.words / longest if looks.words >= _FEW_WORDS else 0.0
            if not named and (body < 1 or looks.distinct < 0.3):
                return 0.0
            return named + 3 * body
        case "title":
            return named if is_text and looks.words >= 0.5 else 0.0
        case "date":
            if looks.dates < _ENOUGH:
                return 0.0
            return 2 + named
        case "rating":
            if looks.small < _ENOUGH:
                return 0.0
            return named and 2 + named
        case "product" | "author":
            prose = looks.words >= 12 and looks.distinct > 0.5
            return 0.0 if prose or looks.dates >= _ENOUGH else named


def _reason(role: Role, name: str, looks: Contents) -> str:
    reasons = []
    named = name_evidence(name).get(role, 0.0)
    if named == 3:
        reasons.append("by its name")
    elif named:
        reasons.append("by a word of its name")
    if role == "content":
        reasons.append(f"{looks.words:.0f} words a cell")
    elif role == "date":
        reasons.append(f"{looks.dates:.0%} of its cells are dates")
    elif role == "rating":
        reasons.append(f"{looks.small:.0%} of its cells are numbers from 0 to 10")
    return ", ".join(reasons)


def _described(
    role: Role,
    name: str,
    reason: str,
    columns: dict[str, list[object]],
    options: ReadingOptions,
) -> ChosenColumn:
    filled = (cell_text(value) for value in columns[name])
    samples = list(dict.fromkeys(text for text in filled if text.strip()))[:_SAMPLES]
    question = None
    if role == "date" and options.date_order is None:
        order = find_order(columns[name])
        if order is None:
            question = "day or month first? say --date-order dmy, mdy or ymd"
        elif order != "any":
            reason += f", in the order {order}"
    return ChosenColumn(
        role=role, name=name, reason=reason, samples=tuple(samples), question=question
    )


def _told(table: Table, options: ReadingOptions) -> dict[Role, str]:
    told: dict[Role, str] = {}
    for role in ROLES:
        name = options.named(role)
        if name is None:
            continue
        if name not in table.columns:
            near = difflib.get_close_matches(name, table.columns, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise UsageError(
                f"{str(table.path)!r} has no column {name!r} (--{role}). {hint}"
                f"There are: {_quoted(table.columns)}"
            )
        if name in told.values():
            raise UsageError(f"The column {name!r} is asked for twice, the second time by --{role}")
        told[role] = name
    return told


def _quoted(names: Sequence[str] | dict[str, list[object]]) -> str:
    return ", ".join(repr(name[:60]) for name in names)
