"""Parts that the environment chooses: the registry of the process, and stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from voxpop.errors import PartNotFoundError, SettingsError
from voxpop.interfaces import ObjectStore, Registry
from voxpop.parts import Part, PartConfig, RegistryPart, StorePart
from voxpop.plugins import Plugins
from voxpop.run_config.checking import Selected, explain
from voxpop.settings import REGISTRY_PREFIX, Settings

P = TypeVar("P", bound=Part[Any])


def open_registry(plugins: Plugins, settings: Settings) -> Registry:
    """Open the registry that `VOXPOP_REGISTRY__NAME` names ("local" when it is not set).

    Raises:
        PartNotFoundError: no plugin offers a registry of that name.
        SettingsError: an option in the environment does not fit the registry.
    """
    chosen = _choose(plugins, RegistryPart, settings.registry, REGISTRY_PREFIX)
    return chosen.part.open(chosen.options)


def open_store(plugins: Plugins, table: Mapping[str, Any], prefix: str) -> ObjectStore:
    """Open the store that an app's own table in the environment names.

    Args:
        plugins: the parts to choose from.
        table: `name` and the store's options, as text.
        prefix: what the table's variables begin with, such as `VOXPOP_API_FEEDBACK__`.

    Raises:
        PartNotFoundError: no plugin offers a store of that name.
        SettingsError: an option in the environment does not fit the store.
    """
    chosen = _choose(plugins, StorePart, table, prefix)
    return chosen.part.open(chosen.options)


def _choose(plugins: Plugins, kind: type[P], table: Mapping[str, Any], prefix: str) -> Selected[P]:
    options = {option: value for option, value in table.items() if option != "name"}
    name = table["name"]
    try:
        part = plugins.get(kind, name)
    except PartNotFoundError as error:
        raise PartNotFoundError(f"{prefix}NAME is {name!r}. {error}") from error
    owner = f"the {kind.kind} {name!r} ({plugins.origin(part)})"
    try:
        # Not strict, as a run config is: the environment holds text alone.
        checked: PartConfig = part.config.model_validate(options)
    except ValidationError as error:
        problems = [
            f"{prefix}{'__'.join(map(str, problem.key)).upper()}: {problem.message}"
            for problem in explain(error, part.config, options, (), owner)
        ]
        raise SettingsError("\n".join(problems)) from error
    return Selected(part, checked)
