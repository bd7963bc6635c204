"""Checks the tables of a run config: each by the part that its name selects."""

from __future__ import annotations

import datetime
import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from voxpop.errors import PluginError
from voxpop.nearest import nearest
from voxpop.parts import Part, PartConfig
from voxpop.plugins import Plugins
from voxpop.run_config.document import ABSENT, Key, Problem, step_into
from voxpop.run_config.toml_text import toml_value

P_co = TypeVar("P_co", bound=Part[Any], covariant=True)
P = TypeVar("P", bound=Part[Any])
B = TypeVar("B", bound=BaseModel)

_LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Selected(Generic[P_co]):
    """A part that a table selects, and the options that the part has checked."""

    part: P_co
    options: PartConfig

    def filled(self) -> dict[str, Any]:
        """Give the table with every option explicit, JSON-able."""
        return {"name": self.part.name, **self.options.model_dump(mode="json", by_alias=True)}


def select(
    plugins: Plugins, kind: type[P], table: object, key: Key, problems: list[Problem]
) -> Selected[P] | None:
    """Find the part that a table names and let it check the table's options."""
    names = ", ".join(part.name for part in plugins.all(kind)) or "none"
    a_name = f"a name that selects the {kind.kind}. Available: {names}"
    if not isinstance(table, Mapping):
        problems.append(Problem(key, f"must be a table with {a_name}"))
        return None
    if "name" not in table:
        problems.append(Problem(key, f"the table lacks {a_name}"))
        return None
    name = table["name"]
    if not isinstance(name, str):
        problems.append(Problem((*key, "name"), f"{show(name)} is no text; it must be {a_name}"))
        return None
    try:
        part = plugins.get(kind, name)
    except PluginError as error:
        problems.append(Problem((*key, "name"), str(error)))
        return None
    owner = f"the {kind.kind} {name!r} ({plugins.origin(part)})"
    options = {option: value for option, value in table.items() if option != "name"}
    checked = check(part.config, options, key, owner, problems)
    return None if checked is None else Selected(part, checked)


def check(
    options_class: type[B],
    options: Mapping[str, Any],
    key: Key,
    owner: str,
    problems: list[Problem],
) -> B | None:
    """Check options strictly: a number in quotes is no number.

    They are checked as JSON, in which pydantic's strictness still lets text become a path and a
    list a tuple: TOML has no paths and tuples either.
    """
    endless = [Problem((*key, *where), "must be a finite number") for where in _not_finite(options)]
    problems += endless  # neither the manifest nor the schema can hold one, whatever the part says
    try:
        written = json.dumps(options, default=_plain)
    except (TypeError, ValueError) as error:
        problems.append(Problem(key, f"a run config cannot hold it: {error}"))
        return None
    try:
        return options_class.model_validate_json(written, strict=True)
    except ValidationError as error:
        found = explain(error, options_class, options, key, owner)
        known = {problem.key for problem in endless}
        problems += [problem for problem in found if problem.key not in known]
        return None


def explain(
    error: ValidationError,
    options_class: type[BaseModel],
    options: Mapping[str, Any],
    key: Key,
    owner: str,
) -> Iterator[Problem]:
    """Say of each thing that pydantic found what is wrong, in our words, one problem a key.

    A value that fits no member of a union is found once a member: these become one message.
    """
    messages: dict[Key, dict[str, None]] = {}  # a dict for a set that keeps its order
    faults: dict[Key, dict[str, None]] = {}
    for found in error.errors(include_url=False):
        where = _key_within(options, found["loc"], is_missing=found["type"] == "missing")
        if found["type"] == "missing":
            messages.setdefault(where, {})[f"is missing; {owner} needs it"] = None
        elif found["type"] == "extra_forbidden":
            messages.setdefault(where, {})[_unknown_option(options_class, where, owner)] = None
        else:
            faults.setdefault(where, {})[_fault(dict(found))] = None
    for where, those in faults.items():
        what = f"{show(_value_at(options, where))} does not fit" if where else "does not fit"
        messages.setdefault(where, {})[f"{what} {owner}: {' or '.join(those)}"] = None
    for where, those in messages.items():
        yield Problem((*key, *where), ". Or: ".join(those))


def show(value: object) -> str:
    """Write a value as TOML would (and None, which it has not, as null), cut when it is long."""
    try:
        written = "null" if value is None else toml_value(value)
    except (ValueError, TypeError):
        written = f"a {type(value).__name__}"
    return written if len(written) <= _LONGEST_SHOWN else f"{written[:_LONGEST_SHOWN]}..."


def _unknown_option(options_class: type[BaseModel], where: Key, owner: str) -> str:
    names = option_names(options_class, where[:-1])
    if names is None:
        return f"unknown option of {owner}"
    allowed = f"Allowed: {', '.join(sorted(names))}" if names else "It has no options"
    return f"unknown option of {owner}. {allowed}{nearest(str(where[-1]), names)}"


def option_names(options_class: type[BaseModel], within: Key = ()) -> list[str] | None:
    """Give the option names of a config class, or of a table within it; None when unclear."""
    for step in within:
        if isinstance(step, int):
            continue
        found = next(
            (f for name, f in options_class.model_fields.items() if step in (name, f.alias)), None
        )
        classes = [] if found is None else list(_models_in(found.annotation))
        if len(classes) != 1:
            return None
        options_class = classes[0]
    return [field.alias or name for name, field in options_class.model_fields.items()]


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _fault(found: Mapping[str, Any]) -> str:
    if found["type"] in ("literal_error", "enum"):
        expected = str(found["ctx"]["expected"])
        near = nearest(str(found["input"]), re.findall(r"'([^']*)'", expected))
        return f"allowed: {expected}{near}"
    message = str(found["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    hint = ". Text stands in quotes" if found["type"] == "string_type" else ""
    return f"{message[:1].lower()}{message[1:]}{hint}"


def _key_within(options: object, location: Sequence[str | int], *, is_missing: bool) -> Key:
    """Keep of pydantic's location what was written: it also names members of unions."""
    key: list[str | int] = []
    for step in location:
        inner = step_into(options, step)
        if inner is not ABSENT:
            options = inner
            key.append(step)
    if is_missing:
        key.append(location[-1])
    return tuple(key)


def _value_at(options: object, key: Key) -> object:
    for step in key:
        options = step_into(options, step)
    return options


def _not_finite(value: object, key: Key = ()) -> Iterator[Key]:
    if isinstance(value, float) and not math.isfinite(value):
        yield key
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _not_finite(inner, (*key, name))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _not_finite(inner, (*key, index))


def _plain(value: object) -> str:
    """Write what TOML or a program may hold and JSON does not: dates, times and paths."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    raise TypeError(f"{value!r} is neither text, number, boolean, date, list nor table")
