"""One part, chosen by its name and `key=value` options, where no run config says which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from voxpop.errors import ConfigError
from voxpop.parts import Part
from voxpop.plugins import Plugins
from voxpop.run_config.checking import Selected, select
from voxpop.run_config.document import Document, dotted

P = TypeVar("P", bound=Part[Any])


def choose_part(
    plugins: Plugins,
    kind: type[P],
    name: str,
    overrides: Iterable[str] = (),
    options: Mapping[str, Any] | None = None,
) -> Selected[P]:
    """Find a part and let it check its options.

    Args:
        plugins: the parts to choose from.
        kind: the kind of the part.
        name: its name.
        overrides: `option=value` each, the value as TOML (text needs no quotes).
        options: options that the overrides are laid over.

    Raises:
        PartNotFoundError: no plugin offers a part of that kind and name.
        ConfigError: the options do not fit the part; the message shows every problem.
    """
    plugins.get(kind, name)
    table = kind.table
    document = Document(f"the {kind.kind} {name!r}", {table: {**(options or {}), "name": name}})
    document.override(f"{table}.{override.lstrip()}" for override in overrides)
    problems = document.problems
    if document.tables[table].get("name") != name:
        raise ConfigError(f"The {kind.kind} is {name!r}; its options have no `name`")
    chosen = select(plugins, kind, document.tables[table], (table,), problems)
    if chosen is None or problems:
        lines = "\n".join(
            f"  {dotted(problem.key[1:]) or 'options'}: {problem.message}" for problem in problems
        )
        raise ConfigError(
            f"The options of the {kind.kind} {name!r} cannot be used:\n{lines}\n"
            f"Options of a part: voxpop plugins show {name}"
        )
    return chosen
