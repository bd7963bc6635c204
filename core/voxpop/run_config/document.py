"""A run config as it was written: its tables, the overrides, and where each key stands."""

from __future__ import annotations

import copy
import functools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voxpop.errors import ConfigError
from voxpop.nearest import nearest

Key = tuple[str | int, ...]
"""Where a value stands: `("model", "epochs")`, `("listeners", 0, "name")`."""

ABSENT = object()
NAMED_TABLES = ("data", "tokenizer", "model", "registry")
_LONGEST_LOCATED = 500  # lines; finding keys costs a parse a line
_DOTTED = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and with which key."""

    key: Key
    message: str


@dataclass
class Document:
    """What was written, before anybody has checked it.

    Attributes:
        where: the file, or what stands for it in messages.
        text: the file's text; None when the tables come from a program.
        overrides: the keys set by overrides, and each override as it was written.
        problems: what is wrong already.
    """

    where: str
    tables: dict[str, Any]
    text: str | None = None
    overrides: dict[Key, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path) -> Document:
        """Read a TOML file.

        Raises:
            ConfigError: the file is missing, cannot be read, or is no UTF-8 or no TOML.
        """
        try:
            data = file.read_bytes()
        except OSError as error:
            raise ConfigError(_cannot_read(file, error)) from error
        try:
            text = data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise ConfigError(
                f"{file}:{line}: not UTF-8: byte {data[error.start]:#04x} at position "
                f"{error.start}. Save the file as UTF-8"
            ) from error
        try:
            tables = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # also of endless digits and brackets
            raise ConfigError(_not_toml(file, text, str(error))) from error
        return cls(str(file), tables, text)

    def override(self, overrides: Iterable[str]) -> None:
        """Lay `a.b=value` over the tables: whole tables first, then part names, then the rest.

        A part name other than the one there replaces its whole table: the options of one part
        mean nothing to another.
        """
        self.tables = copy.deepcopy(self.tables)
        parsed = []
        for written in overrides:
            dotted, equals, value = written.partition("=")
            dotted = dotted.strip()
            if not equals or not _DOTTED.fullmatch(dotted):
                self.problems.append(
                    Problem((), f"--set {written}: write --set table.key=value, as model.epochs=3")
                )
                continue
            parsed.append((tuple(dotted.split(".")), _value(value.strip()), written))
        for key, value, written in sorted(parsed, key=lambda item: _rank(item[0])):
            self._set(key, value, f"--set {written}")

    def locate(self, key: Key) -> str:
        """Say where a key (or the nearest one around it) stands: an override, or file and line."""
        for length in range(len(key), 0, -1):
            if key[:length] in self.overrides:
                return self.overrides[key[:length]]
        line = self._line(key)
        return self.where if line is None else f"{self.where}:{line}"

    def _set(self, key: tuple[str, ...], value: Any, written: str) -> None:
        *path, last = key
        table: dict[str, Any] = self.tables
        for depth, step in enumerate(path, 1):
            inner = table.setdefault(step, {})
            if not isinstance(inner, dict):
                around = ".".join(path[:depth])
                kind = "a list: set it whole" if isinstance(inner, list) else "no table"
                self.problems.append(Problem((), f"{written}: {around} is {kind}"))
                return
            table = inner
        selects = last == "name" and len(path) == 1 and path[0] in NAMED_TABLES
        if selects and table.get("name") != value:
            table.clear()
        table[last] = value
        self.overrides[key] = written

    def _line(self, key: Key) -> int | None:
        """Give the line of the first statement with which the file holds the key."""
        while key:
            for begins, tables in self._statements:
                if _holds(tables, key):
                    return begins
            key = key[:-1]
        return None

    @functools.cached_property
    def _statements(self) -> list[tuple[int, dict[str, Any]]]:
        """The line on which each statement begins, and what the file says down to its end.

        Down to any line, a file is TOML but within a statement of several lines.
        """
        lines = (self.text or "").split("\n")
        statements: list[tuple[int, dict[str, Any]]] = []
        begins = 1
        for end in range(1, len(lines) + 1 if len(lines) <= _LONGEST_LOCATED else 0):
            try:
                statements.append((begins, tomllib.loads("\n".join(lines[:end]))))
            except ValueError:
                continue
            begins = end + 1
        return statements


def step_into(value: object, step: str | int) -> object:
    """Give what stands under a key of a table or at a place of a list, or `ABSENT`."""
    if isinstance(value, Mapping):
        return value.get(step, ABSENT)
    if isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
        return value[step]
    return ABSENT


def dotted(key: Key) -> str:
    """Write a key as messages show it: `model.epochs`, `listeners[0].name`."""
    written = ""
    for step in key:
        written += f"[{step}]" if isinstance(step, int) else f".{step}" if written else step
    return written


def _value(written: str) -> Any:
    """Read a value as TOML; what is no TOML is a string, so that quotes are rarely needed."""
    try:
        parsed = tomllib.loads(f"value = {written}")
    except (ValueError, RecursionError):
        return written
    return parsed["value"] if parsed.keys() == {"value"} else written


def _rank(key: Sequence[str]) -> int:
    if len(key) == 1:
        return 0
    return 1 if len(key) == 2 and key[1] == "name" else 2


def _holds(tables: object, key: Key) -> bool:
    for step in key:
        tables = step_into(tables, step)
    return tables is not ABSENT


def _cannot_read(file: Path, error: OSError) -> str:
    if isinstance(error, IsADirectoryError):
        return f"{file} is a folder; a run config is a TOML file in it"
    if not isinstance(error, FileNotFoundError):
        return f"{file} cannot be read: {error.strerror}"
    folder = file.parent
    if not folder.is_dir():
        return f"There is no file {file}, nor a folder {folder}"
    names = sorted(other.name for other in folder.glob("*.toml"))
    beside = f"TOML files there: {', '.join(names[:10])}" if names else "No TOML file is there"
    return f"There is no file {file}. {beside}{nearest(file.name, names)}"


def _not_toml(file: Path, text: str, message: str) -> str:
    at = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", message)
    if at is None:
        return f"{file}: not valid TOML: {message}"
    line = int(at.group(1) or text.count("\n") + 1)
    what = message.replace(at.group(), "")
    written = text.split("\n")[line - 1].strip()
    hint = ""
    if at.group(1) is None:
        hint = ". Is a bracket or a quote left open?"
    elif what == "Invalid value":
        hint = ". Text stands in quotes"
    shown = f", in: {written[:80]}" if written else ""
    return f"{file}:{line}: not valid TOML: {what[0].lower()}{what[1:]}{hint}{shown}"
