"""What one plugin offers, checked: its hooks against the hookspecs, its parts against their kinds.

The only user of pluggy besides `hookspecs`.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

import pluggy

from voxpop import hookspecs
from voxpop.parts import (
    AnyPart,
    DataSourcePart,
    ListenerPart,
    ModelPart,
    Part,
    PartConfig,
    RegistryPart,
    StorePart,
    TokenizerPart,
)

HOOKS: Mapping[str, type[AnyPart]] = {
    "voxpop_data_sources": DataSourcePart,
    "voxpop_tokenizers": TokenizerPart,
    "voxpop_models": ModelPart,
    "voxpop_registries": RegistryPart,
    "voxpop_stores": StorePart,
    "voxpop_listeners": ListenerPart,
}
"""Every hook and the kind of part that it gives."""

_ARGUMENTS: Mapping[tuple[type[Part[Any]], str], tuple[str, ...]] = {
    (DataSourcePart, "load"): ("config", "listen"),
    (TokenizerPart, "fit"): ("config", "texts"),
    (TokenizerPart, "load"): ("directory",),
    (ModelPart, "fit"): ("config", "task"),
    (ModelPart, "load"): ("directory",),
    (RegistryPart, "open"): ("config",),
    (StorePart, "open"): ("config",),
    (ListenerPart, "open"): ("config",),
}

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class OfferError(Exception):
    """What a plugin offers is not what its hooks ask for; the message says what to mend."""


def parts_of(plugin: object) -> list[AnyPart]:
    """Register a plugin (a module or an object) alone, call its hooks and check what they give.

    Raises:
        OfferError: a hook or a part is not well made, or there is no part at all.
        Exception: whatever the plugin's own hooks raise.
    """
    manager = pluggy.PluginManager("voxpop")
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(plugin)
    except pluggy.PluginValidationError as error:
        raise OfferError(_signature_fault(str(error))) from error
    try:
        manager.check_pending()  # otherwise pluggy passes over a misspelt hook in silence
    except pluggy.PluginValidationError as error:
        raise OfferError(_misspelt(plugin, manager) or str(error)) from error

    parts: list[AnyPart] = []
    for hook, kind in HOOKS.items():
        for given in getattr(manager.hook, hook)():
            parts += _checked(hook, kind, given)
    if not parts:
        raise OfferError(_no_part(plugin))
    names = [(part.kind, part.name) for part in parts]
    for kind_name, name in names:
        if names.count((kind_name, name)) > 1:
            raise OfferError(f"it offers the {kind_name} {name!r} twice")
    return parts


def check_part(part: Part[Any]) -> None:
    """Check what types alone cannot promise.

    Raises:
        OfferError: the part is not well made.
    """
    what = f"the {part.kind} {part.name!r}"
    if not isinstance(part.name, str) or not NAME.fullmatch(part.name):
        raise OfferError(
            f"{what} must have a kebab-case name: lower-case letters and digits, joined by '-'"
        )
    if not isinstance(part.summary, str) or not part.summary.strip() or "\n" in part.summary:
        raise OfferError(f"{what} needs a summary of one line")
    if not (isinstance(part.config, type) and issubclass(part.config, PartConfig)):
        raise OfferError(f"{what} needs a config class made from voxpop.PartConfig")
    for name, field in part.config.model_fields.items():
        if "name" in (name, field.alias, field.validation_alias):
            raise OfferError(
                f"{what} has an option called 'name' in {part.config.__name__}; a table's name "
                "selects the part, so call the option something else"
            )
    if part.config.model_config.get("extra") != "forbid":
        raise OfferError(
            f"{what} lets unknown options pass; {part.config.__name__} must keep extra='forbid'"
        )
    for field_ in fields(part):
        value = getattr(part, field_.name)
        if field_.name in ("name", "summary", "config"):
            continue
        if not callable(value):
            raise OfferError(f"{what} needs a function as its {field_.name!r}")
        for (kind, name), arguments in _ARGUMENTS.items():
            if isinstance(part, kind) and name == field_.name:
                _check_arguments(what, name, value, arguments)


def _check_arguments(
    what: str, name: str, function: Callable[..., object], arguments: tuple[str, ...]
) -> None:
    """Refuse a function that cannot be called as it will be, before hours of work lead there."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some are written in C and do not tell
        return
    try:
        signature.bind(*arguments)
    except TypeError as error:
        raise OfferError(
            f"{what} has a {name!r} that takes {signature}; it is called as "
            f"{name}({', '.join(arguments)})"
        ) from error


def reason_of(error: BaseException) -> str:
    """Say in one line why a plugin is broken."""
    message = " ".join(str(error).split())
    if isinstance(error, OfferError):
        return message
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _checked(hook: str, kind: type[AnyPart], given: object) -> Iterable[AnyPart]:
    wanted = f"it must return an iterable of {kind.__name__}, so yield each part"
    if isinstance(given, Part | str | bytes) or not isinstance(given, Iterable):
        raise OfferError(f"{hook} returned a {type(given).__name__}; {wanted}")
    for part in given:
        if not isinstance(part, kind):
            raise OfferError(f"{hook} gave a {type(part).__name__}; {wanted}")
        check_part(part)
        yield part


def _signature_fault(message: str) -> str:
    """Keep of pluggy's several lines those that name the hook and the argument."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return f"a hook has a wrong signature (hooks take nothing): {'; '.join(lines[1:] or lines)}"


def _misspelt(plugin: object, manager: pluggy.PluginManager) -> str | None:
    for caller in manager.get_hookcallers(plugin) or ():
        if not caller.has_spec():
            near = difflib.get_close_matches(caller.name, HOOKS, n=1, cutoff=0)
            return (
                f"there is no hook {caller.name!r}. Hooks: {', '.join(HOOKS)}. "
                f"Did you mean {near[0]!r}?"
            )
    return None


def _no_part(plugin: object) -> str:
    for name in HOOKS:
        function = getattr(plugin, name, None)
        if callable(function) and not hasattr(function, "voxpop_impl"):
            return f"it offers no part: mark {name} with @voxpop.hookimpl"
    return f"it offers no part: implement one of the hooks {', '.join(HOOKS)}"
