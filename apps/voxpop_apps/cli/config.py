"""`voxpop config`: check a run config, fill it in, and the schema that editors use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxpop_apps.cli.exit_codes import ExitCode
from voxpop_apps.cli.output import emit, emit_json, say

if TYPE_CHECKING:
    from voxpop import RunConfig

config_app = typer.Typer(help="Check run configs and fill them in.", no_args_is_help=True)

ConfigFile = Annotated[Path, typer.Argument(metavar="FILE", help="The run config, a TOML file.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the file; repeatable."),
]


@config_app.command("check")
def check(file: ConfigFile, overrides: Overrides = None) -> None:
    """Check a run config and show every problem at once; nothing is trained."""
    run = _load(file, overrides)
    registry = run.registry.part.name if run.registry else "that of the process settings"
    say(
        f"{file} is fine: {run.model.part.name} on {run.data.part.name}, "
        f"tokenizer {run.tokenizer.part.name}, registry {registry}"
    )


@config_app.command("fill")
def fill(file: ConfigFile, overrides: Overrides = None) -> None:
    """Print a run config with every option explicit, as TOML."""
    emit(_load(file, overrides).to_toml().rstrip("\n"))


@config_app.command("schema")
def schema() -> None:
    """Print the JSON schema of the run configs that the installed plugins allow.

    The status is 4 when a plugin is broken, since the schema lacks its parts.
    """
    from voxpop import Plugins, run_config_schema

    plugins = Plugins.load()
    emit_json(run_config_schema(plugins))
    if plugins.broken:
        for broken in plugins.broken:
            say(f"broken: {broken}")
        raise typer.Exit(ExitCode.BROKEN_PLUGIN)


def _load(file: Path, overrides: list[str] | None) -> RunConfig:
    from voxpop import Plugins, RunConfig

    return RunConfig.load(file, plugins=Plugins.load(), overrides=overrides or ())
