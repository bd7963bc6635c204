"""Which registry a command uses: the option `--registry` that all of them share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from voxpop import Settings

RegistryName = Annotated[
    str | None,
    typer.Option(
        "--registry",
        metavar="NAME",
        help="The registry, by its name; its options are VOXPOP_REGISTRY__<OPTION>. "
        "By default VOXPOP_REGISTRY__NAME.",
    ),
]


def settings_for(registry: str | None) -> Settings:
    """Give the settings of the process, with the registry that the command line names."""
    from voxpop import Settings

    return Settings(registry={"name": registry}) if registry else Settings()
