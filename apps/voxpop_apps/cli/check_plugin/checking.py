"""Checks one part: its options, and by the conformance kit what its kind promises.

The loader has checked before that the part is well made; a plugin with another one is broken.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from voxpop import Origin, Part, options_of
from voxpop_apps.cli.check_plugin.kit import KITS, run_kit


@dataclass(frozen=True, kw_only=True)
class CheckedPart:
    """What was found about a part."""

    kind: str
    name: str
    plugin: str
    faults: tuple[str, ...]
    kit: str  # what came of the kit, or why it did not run


def check_part(part: Part[Any], origin: Origin, *, kit: bool) -> CheckedPart:
    """Check a part of an installed plugin; `kit` says whether to run the conformance kit too."""
    faults = list(_option_faults(part))
    told = _why_no_kit(part, kit=kit)
    if told is None:
        ran = run_kit(part, origin.plugin)
        faults += ran.faults
        told = ran.summary
    return CheckedPart(
        kind=part.kind, name=part.name, plugin=origin.plugin, faults=tuple(faults), kit=told
    )


def _option_faults(part: Part[Any]) -> Iterator[str]:
    try:
        options = options_of(part)
    except Exception as error:  # noqa: BLE001 - whatever the types of the author's options raise
        said = " ".join(str(error).split())
        yield f"its options cannot be listed: {type(error).__name__}: {said}"
        return
    for option in options:
        if not option.doc:
            yield f"the option {option.name!r} has no description: Field(description=...) gives one"
    for problem in _problems_of_defaults(part):
        where = ".".join(map(str, problem["loc"])) or "all together"
        yield f"it refuses its own default ({where}): {problem['msg']}"


def _problems_of_defaults(part: Part[Any]) -> list[Any]:
    """Validate the defaults, which pydantic takes as they are; a required option has none."""
    checking: Any = types.new_class("Defaults", (part.config,), {"validate_default": True})
    try:
        checking()
    except ValidationError as error:
        return [problem for problem in error.errors() if problem["type"] != "missing"]
    return []


def _why_no_kit(part: Part[Any], *, kit: bool) -> str | None:
    """Say why the kit does not run; None when it can."""
    if not kit:
        return "not run: --no-kit"
    if part.kind == "data source":
        return "not run: it needs reviews"
    if type(part) not in KITS:
        return "not run: it needs an empty place"
    required = [name for name, field in part.config.model_fields.items() if field.is_required()]
    if required:
        return f"not run: options are required ({', '.join(required)})"
    return None
