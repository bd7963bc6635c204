"""The registry of the process settings: where versions are looked for when no run config says."""

from __future__ import annotations

from pydantic import ValidationError

from voxpop.errors import PartNotFoundError, SettingsError
from voxpop.interfaces import Registry
from voxpop.parts import RegistryPart
from voxpop.plugins import Plugins
from voxpop.run_config.checking import explain
from voxpop.settings import REGISTRY_PREFIX, Settings


def open_registry(plugins: Plugins, settings: Settings) -> Registry:
    """Open the registry that `VOXPOP_REGISTRY__NAME` names ("local" when it is not set).

    Raises:
        PartNotFoundError: no plugin offers a registry of that name.
        SettingsError: an option in the environment does not fit the registry.
    """
    options = {option: value for option, value in settings.registry.items() if option != "name"}
    name = settings.registry["name"]
    try:
        part = plugins.get(RegistryPart, name)
    except PartNotFoundError as error:
        raise PartNotFoundError(f"{REGISTRY_PREFIX}NAME is {name!r}. {error}") from error
    owner = f"the registry {name!r} ({plugins.origin(part)})"
    try:
        # Not strict, as a run config is: the environment holds text alone.
        checked = part.config.model_validate(options)
    except ValidationError as error:
        problems = [
            f"{REGISTRY_PREFIX}{'__'.join(map(str, problem.key)).upper()}: {problem.message}"
            for problem in explain(error, part.config, options, (), owner)
        ]
        raise SettingsError("\n".join(problems)) from error
    return part.open(checked)
