"""Loads plugins, keeps the broken ones from harming the rest, and finds parts by name.

Each entry point is imported and checked alone (see `plugin_offers`). Whatever goes wrong there
makes that plugin *broken*: it is kept with the reason, and the others load as if it were not
installed. A name that two plugins give is refused to both.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar, cast

from voxpop.errors import PartNotFoundError, PluginError, SettingsError
from voxpop.hookspecs import ENTRY_POINT_GROUP
from voxpop.nearest import nearest
from voxpop.parts import AnyPart, Part
from voxpop.plugin_offers import HOOKS, OfferError, check_part, parts_of, reason_of
from voxpop.settings import Settings

P = TypeVar("P", bound=Part[Any])

IN_MEMORY = "in-memory"
"""The plugin that parts handed in as objects come from; no other process can find them."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a part comes from."""

    plugin: str  # the entry point's name
    distribution: str
    version: str
    module: str | None = None  # of the function that does the part's work, and where it stands
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


@dataclass(frozen=True, kw_only=True)
class BrokenPlugin:
    """A plugin that is installed and cannot be used, or not wholly, and why."""

    plugin: str
    distribution: str
    version: str
    reason: str

    def __str__(self) -> str:
        return f"{self.plugin} ({self.distribution} {self.version}): {self.reason}"


class Plugins:
    """The parts at hand. Made by `load` or `of`, and passed on; never global.

    Attributes:
        broken: what could not be used, sorted by plugin, distribution and reason.
        left_out: the plugins that are installed and were not chosen to load, sorted.
    """

    def __init__(
        self,
        offers: Iterable[tuple[AnyPart, Origin]],
        broken: Iterable[BrokenPlugin] = (),
        left_out: Iterable[str] = (),
    ) -> None:
        by_name: dict[tuple[type[AnyPart], str], list[tuple[AnyPart, Origin]]] = defaultdict(list)
        for part, origin in offers:
            by_name[type(part), part.name].append((part, origin))
        clashes = {key: those for key, those in by_name.items() if len(those) > 1}
        self._parts = {key: those[0] for key, those in by_name.items() if key not in clashes}
        self._clashes = {key: [origin for _, origin in those] for key, those in clashes.items()}
        self.left_out = tuple(sorted(set(left_out)))
        self.broken: tuple[BrokenPlugin, ...] = tuple(
            sorted({*broken, *self._broken_by_clashes()}, key=str)
        )

    @classmethod
    def load(cls, only: Iterable[str] | None = None) -> Plugins:
        """Load the installed plugins, from the entry-point group `voxpop`.

        Args:
            only: the names of the plugins to load; None asks `VOXPOP_PLUGINS`, and loads all when
                that is not set.

        Raises:
            SettingsError: `VOXPOP_PLUGINS` names a plugin that is not installed, or another
                setting is wrong.
            PluginError: `only` names a plugin that is not installed.
        """
        found = sorted(
            entry_points(group=ENTRY_POINT_GROUP),
            key=lambda entry: (entry.name, *_distribution(entry)),
        )
        wanted = Settings().plugins if only is None else tuple(only)
        if wanted is not None:
            fault = _not_installed(wanted, [entry.name for entry in found])
            if fault and only is None:
                raise SettingsError(f"VOXPOP_PLUGINS names {fault}")
            if fault:
                raise PluginError(f"Asked to load {fault}")
        offers: list[tuple[AnyPart, Origin]] = []
        broken = []
        left_out = []
        for entry in found:
            if wanted is not None and entry.name not in wanted:
                left_out.append(entry.name)
                continue
            distribution, version = _distribution(entry)
            try:
                parts = parts_of(entry.load())
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin raises
                broken.append(
                    BrokenPlugin(
                        plugin=entry.name,
                        distribution=distribution,
                        version=version,
                        reason=reason_of(error),
                    )
                )
            else:
                offers += [
                    (part, _origin(part, entry.name, distribution, version)) for part in parts
                ]
        return cls(offers, broken, left_out)

    @classmethod
    def of(cls, *parts: AnyPart) -> Plugins:
        """Make plugins of parts in memory: for tests, and for programs with parts of their own.

        Raises:
            PluginError: a part is not well made, or a name is given twice.
        """
        for part in parts:
            try:
                check_part(part)
            except OfferError as error:
                raise PluginError(str(error)) from error
        plugins = cls([(part, _origin(part, IN_MEMORY, IN_MEMORY, "0")) for part in parts])
        if plugins.broken:
            raise PluginError(plugins.broken[0].reason)
        return plugins

    def all(self, kind: type[P]) -> tuple[P, ...]:
        """Give every part of a kind (`ModelPart`, ...), sorted by name."""
        those = [part for (of_kind, _), (part, _) in self._parts.items() if of_kind is kind]
        return tuple(sorted(cast("list[P]", those), key=lambda part: part.name))

    def parts(self) -> tuple[AnyPart, ...]:
        """Give every part: kinds in the order in which a run meets them, names sorted."""
        return tuple(part for kind in HOOKS.values() for part in self.all(kind))

    def get(self, kind: type[P], name: str) -> P:
        """Give the part of a kind and name.

        Raises:
            PartNotFoundError: there is none; the message lists those that there are, the nearest
                name, and the broken plugins that may have offered it.
            PluginError: more than one plugin offers it.
        """
        key = (cast("type[AnyPart]", kind), name)
        if key in self._parts:
            return cast("P", self._parts[key][0])
        if key in self._clashes:
            raise PluginError(_clash(kind.kind, name, self._clashes[key]))
        names = [part.name for part in self.all(kind)]
        raise PartNotFoundError(self._not_found(kind.kind, name, names))

    def named(self, name: str) -> tuple[AnyPart, ...]:
        """Give every part of a name, whatever its kind.

        Raises:
            PartNotFoundError: there is none.
        """
        parts = self.parts()
        found = tuple(part for part in parts if part.name == name)
        if not found:
            names = sorted({part.name for part in parts})
            raise PartNotFoundError(self._not_found("part", name, names))
        return found

    def origin(self, part: Part[Any]) -> Origin:
        """Say where a part of these plugins comes from."""
        return self._parts[cast("type[AnyPart]", type(part)), part.name][1]

    def _not_found(self, what: str, name: str, names: Sequence[str]) -> str:
        message = f"No {what} is called {name!r}. Available: {', '.join(names) or 'none'}"
        if self.left_out:
            message += f". Installed but not chosen to load: {', '.join(self.left_out)}"
        message += nearest(name, names)
        if self.broken:
            message += "\n    It may be in a broken plugin:"
            message += "".join(f"\n      {broken}" for broken in self.broken)
        return message

    def _broken_by_clashes(self) -> Iterator[BrokenPlugin]:
        for (kind, name), origins in self._clashes.items():
            for origin in origins:
                yield BrokenPlugin(
                    plugin=origin.plugin,
                    distribution=origin.distribution,
                    version=origin.version,
                    reason=_clash(kind.kind, name, origins),
                )


def _distribution(entry: EntryPoint) -> tuple[str, str]:
    """Give the name and version of the distribution, whatever its metadata lack."""
    try:
        metadata: Any = entry.dist.metadata if entry.dist else {}
    except Exception:  # noqa: BLE001 - from Python 3.14 on, absent metadata raise
        metadata = {}
    name = metadata.get("Name") or entry.value.partition(":")[0].partition(".")[0]
    return str(name), str(metadata.get("Version") or "unknown")


def _not_installed(wanted: Sequence[str], installed: Sequence[str]) -> str | None:
    """Say which wanted plugin is not installed; None when all are."""
    for name in wanted:
        if name not in installed:
            return (
                f"{name!r}, and no installed plugin is called that. Installed: "
                f"{', '.join(sorted(set(installed))) or 'none'}{nearest(name, installed)}"
            )
    return None


def _origin(part: AnyPart, plugin: str, distribution: str, version: str) -> Origin:
    """Locate the first of the part's functions: it is where its work begins."""
    for field in fields(part):
        function = getattr(part, field.name)
        while isinstance(function, functools.partial):
            function = function.func
        code = getattr(function, "__code__", None)
        if code is not None:
            return Origin(
                plugin=plugin,
                distribution=distribution,
                version=version,
                module=function.__module__,
                file=code.co_filename,
                line=code.co_firstlineno,
            )
    return Origin(plugin=plugin, distribution=distribution, version=version)


def _clash(kind: str, name: str, origins: Sequence[Origin]) -> str:
    providers = " and by ".join(f"{origin.plugin} ({origin})" for origin in origins)
    return (
        f"the {kind} {name!r} is offered by {providers}; neither is used. Uninstall one of them, "
        "or name the plugins to load in VOXPOP_PLUGINS"
    )
