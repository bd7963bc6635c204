"""`voxpop config`: begin, check and fill in a run config, and the schema that editors use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxpop_apps.cli.exit_codes import ExitCode
from voxpop_apps.cli.output import emit, emit_json, say

if TYPE_CHECKING:
    from voxpop import RunConfig

config_app = typer.Typer(help="Begin, check and fill in run configs.", no_args_is_help=True)

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


@config_app.command("new")
def new(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What to write; it must not exist yet.")
    ] = Path("run.toml"),
    data: Annotated[
        str, typer.Option(metavar="NAME", help="The data source that the reviews come from.")
    ] = "files",
) -> None:
    """Write a run config to begin from, with every option of its parts and what it means."""
    from voxpop import Plugins, UsageError, disk_fault
    from voxpop_apps.cli.starter_config import CHANGE_ME, starter_config

    text = starter_config(Plugins.load(), data, str(file))
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise UsageError(f"{file} is there already: name another file") from error
    except OSError as error:
        raise disk_fault(error, file, "written") from error
    emit(str(file))
    first = f"change what says {CHANGE_ME}; " if CHANGE_ME in text else ""
    say(f"Next: {first}voxpop config check {file}; voxpop train {file}")


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
