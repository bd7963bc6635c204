"""What a person chooses of a file: which column is what, and how it is read; guessed at first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from voxpop import (
    ChosenColumn,
    DataError,
    ReadingOptions,
    Role,
    VoxpopError,
    choose_columns,
    open_table,
)

ROLES: Mapping[Role, str] = {
    "content": "Text of the review",
    "title": "Title",
    "product": "Product",
    "date": "Date",
    "rating": "Stars",
    "author": "Author",
}

GUESS = ""
"""The value of a choice that is left to Voxpop."""
NONE = "\u200b(none)"
"""The value of a role that no column plays; no column is called so."""

_YES_NO: Mapping[str, object] = {"yes": True, "no": False}
READING: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "header": ("The first row", {"yes": "holds names", "no": "is a review"}),
    "date_order": (
        "Dates such as 03/04/2025",
        {"dmy": "day first", "mdy": "month first", "ymd": "year first"},
    ),
    "encoding": (
        "Encoding",
        {
            "utf-8": "UTF-8",
            "cp1252": "Western, Windows",
            "iso8859-15": "Western, ISO",
            "mac_roman": "Western, Macintosh",
            "utf-16": "UTF-16",
            "cp1250": "Central European, Windows",
            "iso8859-2": "Central European, ISO",
            "cp1251": "Cyrillic, Windows",
            "koi8-r": "Cyrillic, KOI8",
            "cp1253": "Greek",
            "cp1254": "Turkish",
            "cp1255": "Hebrew",
            "cp1256": "Arabic",
            "cp1257": "Baltic",
            "cp932": "Japanese, Windows",
            "euc_jp": "Japanese, EUC",
            "gb18030": "Chinese, simplified",
            "big5": "Chinese, traditional",
            "cp949": "Korean",
        },
    ),
    "delimiter": (
        "Between the columns",
        {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"},
    ),
    "quotes": ("Quotes", {"yes": "enclose cells", "no": "are characters like others"}),
    "sheet": ("Sheet", {}),  # its name is typed
}


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a file is read by what was chosen.

    Attributes:
        choices: what was chosen, without what the file has not.
        columns: of the file; none when it cannot be opened.
        chosen: the column of each role, guessed or chosen.
        reasons: why the file is read so.
        options: with which it is read just as shown; None when something must be said first.
        problem: what must be said, or why it cannot be read; empty when all is clear.
        field: the choice that the problem is about; empty when it is about none.
    """

    choices: Mapping[str, str]
    columns: tuple[str, ...] = ()
    chosen: Mapping[Role, ChosenColumn]
    reasons: tuple[str, ...] = ()
    options: ReadingOptions | None = None
    problem: str = ""
    field: str = ""


def look_at(file: Path, name: str, choices: Mapping[str, str]) -> Look:
    """Open a file by what was chosen, and guess the rest.

    Args:
        file: that was dropped.
        name: what the person calls it.
        choices: by the names of the roles and of what `READING` has; others are ignored.
    """

    def told(error: Exception) -> str:
        return in_words_of_the_page(str(error).replace(str(file), name))

    reading: dict[str, Any] = {}
    for key in READING:
        value = choices.get(key, GUESS)
        if value != GUESS:
            reading[key] = _YES_NO.get(value, value)
    kept = {key: choices[key] for key in reading}
    options = ReadingOptions(**reading)
    try:
        table = open_table(file, options)
    except (OSError, VoxpopError) as error:
        return Look(choices=kept, chosen={}, problem=told(error), field=_field_of(str(error)))
    problem = ""
    try:
        guess = choose_columns(table, options)
    except DataError as error:
        problem = told(error)
        try:
            guess = choose_columns(table, replace(options, without=("content",)))
        except VoxpopError as again:
            return Look(choices=kept, chosen={}, problem=told(again))
    names = {role: guess[role].name for role in ROLES}
    for role in ROLES:
        value = choices.get(role, GUESS)
        if value == NONE or value in table.columns:
            kept[role] = value
            names[role] = None if value == NONE else value
    looked = Look(choices=kept, columns=table.columns, chosen=guess, reasons=table.layout.reasons)
    twice = _twice(names)
    if twice is not None:
        first, second = twice
        return replace(
            looked,
            chosen=_renamed(guess, names),
            problem=f"“{names[first]}” is chosen twice, as {ROLES[first]} and as {ROLES[second]}.",
            field=second,
        )
    try:
        options, chosen = _exactly(table, options, names)
    except VoxpopError as error:
        return replace(looked, problem=told(error))
    if names["content"] is None:
        problem = problem or "Say which column holds the text of the reviews."
        return replace(looked, chosen=chosen, problem=problem, field="content")
    question = chosen["date"].question
    if question is not None:
        problem = (
            f"The dates in “{names['date']}” ({', '.join(chosen['date'].samples)}) can be read in "
            f"more than one way: choose at “{READING['date_order'][0]}” which number comes first."
        )
        return replace(looked, chosen=chosen, problem=problem, field="date_order")
    return replace(looked, chosen=chosen, options=options)


def _twice(names: Mapping[Role, str | None]) -> tuple[Role, Role] | None:
    seen: dict[str, Role] = {}
    for role, name in names.items():
        if name is not None and name in seen:
            return seen[name], role
        if name is not None:
            seen[name] = role
    return None


def _renamed(
    guess: Mapping[Role, ChosenColumn], names: Mapping[Role, str | None]
) -> dict[Role, ChosenColumn]:
    return {
        role: one
        if one.name == names[role]
        else ChosenColumn(role=role, name=names[role], reason="as you say")
        for role, one in guess.items()
    }


def _exactly(
    table: Any, options: ReadingOptions, names: Mapping[Role, str | None]
) -> tuple[ReadingOptions, dict[Role, ChosenColumn]]:
    """Say no more than needed, so that what was guessed is still called a guess."""
    said: dict[Role, str | None] = {}
    while True:
        named: dict[str, Any] = {role: name for role, name in said.items() if name is not None}
        without = tuple(role for role, name in said.items() if name is None)
        options = replace(options, without=without, **named)
        try:
            chosen = choose_columns(table, options)
        except DataError:  # which column is the text is not clear by itself
            if "content" in said:
                raise
            other: dict[Role, str | None] = {"content": names["content"]}
        else:
            other = {role: names[role] for role in ROLES if chosen[role].name != names[role]}
        if not other:
            return options, chosen
        said |= other


_FIELDS = {
    **{f"--{role}": said for role, said in ROLES.items()},
    **{f"--{key.replace('_', '-')}": said for key, (said, _) in READING.items()},
}
_PHRASES = (
    (r"[Ss]ay --header or --no-header", f"Choose at “{READING['header'][0]}”"),
    (r"with --quotes or --no-quotes", f"at “{READING['quotes'][0]}”"),
    (r"--quotes or --no-quotes", f"“{READING['quotes'][0]}”"),
    (
        r"say --no-quotes",
        f"choose at “{READING['quotes'][0]}” that they are characters like others",
    ),
    (r"[Ss]ay --date-order dmy, mdy or ymd", f"Choose at “{READING['date_order'][0]}”"),
    (r"^ *--encoding (\S+):", r"- \1:"),
    (r"with (--[a-z-]+)", r"at \1"),
    (r"by (--[a-z-]+)", r"as \1"),
)


def in_words_of_the_page(message: str) -> str:
    """Say by the page's fields what a message says by options of the command line."""
    for pattern, words in _PHRASES:
        message = re.sub(pattern, words, message, flags=re.MULTILINE)
    for option, said in _FIELDS.items():
        message = re.sub(rf"{option}(?![a-z-])", f"“{said}”", message)
    return message


def _field_of(message: str) -> str:
    """Name the choice that a message speaks of first."""
    for option in re.findall(r"--(?:no-)?([a-z][a-z-]*)", message):
        if option.replace("-", "_") in READING:
            return str(option.replace("-", "_"))
    return ""
