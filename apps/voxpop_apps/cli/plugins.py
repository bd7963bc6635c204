"""`voxpop plugins`: which parts there are, what they take, and which plugins are broken."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxpop_apps.cli.exit_codes import ExitCode
from voxpop_apps.cli.new_plugin.writing import Kind, write_plugin
from voxpop_apps.cli.output import emit, emit_json, emit_table, say

if TYPE_CHECKING:
    from voxpop import Option

plugins_app = typer.Typer(
    help="See the installed plugins, check them, begin one.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@plugins_app.command("list")
def list_plugins(as_json: AsJson = False) -> None:
    """List every part, and every broken plugin; the status is 4 when one is broken."""
    from voxpop import Plugins

    plugins = Plugins.load()
    parts = [(part, plugins.origin(part)) for part in plugins.parts()]
    if as_json:
        emit_json(
            {
                "parts": [
                    {
                        "kind": part.kind,
                        "name": part.name,
                        "summary": part.summary,
                        "plugin": origin.plugin,
                        "distribution": origin.distribution,
                        "version": origin.version,
                    }
                    for part, origin in parts
                ],
                "broken": [dataclasses.asdict(broken) for broken in plugins.broken],
            }
        )
    else:
        emit_table(
            ["kind", "name", "plugin", "from", "summary"],
            [
                (part.kind, part.name, origin.plugin, str(origin), part.summary)
                for part, origin in parts
            ],
        )
    if plugins.broken:
        for broken in plugins.broken:
            say(f"broken: {broken}")
        raise typer.Exit(ExitCode.BROKEN_PLUGIN)


@plugins_app.command("show")
def show_part(
    name: Annotated[str, typer.Argument(help="The name of a part.")], as_json: AsJson = False
) -> None:
    """Show every part of a name: where it lives, and its options with types and defaults."""
    from voxpop import Plugins, options_of

    plugins = Plugins.load()
    found = [(part, plugins.origin(part), options_of(part)) for part in plugins.named(name)]
    if as_json:
        emit_json(
            [
                {
                    "kind": part.kind,
                    "name": part.name,
                    "summary": part.summary,
                    **dataclasses.asdict(origin),
                    "options": [dataclasses.asdict(option) for option in options],
                }
                for part, origin, options in found
            ]
        )
        return
    for position, (part, origin, options) in enumerate(found):
        if position:
            emit("")
        emit(f"{part.kind} {part.name}: {part.summary}")
        emit(f"from {origin} (plugin {origin.plugin})")
        if origin.file is not None:
            emit(f"in {origin.file}:{origin.line}")
        if options:
            emit("")
            emit_table(["option", "type", "default", "meaning"], map(_option_row, options))


@plugins_app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Of the plugin and its part, such as our-shop.")],
    kind: Annotated[Kind, typer.Option(help="What it offers.")],
    into: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the package's folder goes.")
    ] = Path(),
) -> None:
    """Write a small, working plugin package to begin from: a part, its options, its tests."""
    folder = write_plugin(name, kind, into)
    emit(str(folder))
    plugin = folder.name.removeprefix("voxpop-")
    say(f"Next: pip install -e {folder}; pytest {folder}; voxpop plugins show {plugin}")


@plugins_app.command("check")
def check(
    name: Annotated[
        str | None, typer.Argument(metavar="PLUGIN", help="A plugin; all when none is named.")
    ] = None,
    kit: Annotated[
        bool,
        typer.Option(
            "--kit/--no-kit",
            help="Run the conformance kit on tokenizers, models and listeners that have a default "
            "for every option. Models are fitted several times.",
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Check what can be checked of a plugin without data; the status is 4 when it has a fault.

    It loads, its parts are well made, each option has a description and a default that it takes;
    and, where the kit can run, its parts keep what their kind promises. Data sources, registries
    and stores need reviews or an empty place: test them by the kit in tests of their own.
    """
    from voxpop import Plugins
    from voxpop_apps.cli.check_plugin.checking import check_part

    plugins = Plugins.load(only=None if name is None else [name])
    found = [check_part(part, plugins.origin(part), kit=kit) for part in plugins.parts()]
    if as_json:
        emit_json(
            {
                "parts": [dataclasses.asdict(checked) for checked in found],
                "broken": [dataclasses.asdict(broken) for broken in plugins.broken],
            }
        )
    else:
        emit_table(
            ["kind", "name", "plugin", "faults", "kit"],
            [(part.kind, part.name, part.plugin, len(part.faults), part.kit) for part in found],
        )
    for checked in found:
        for fault in checked.faults:
            say(f"fault: {checked.kind} {checked.name}: {fault}")
    for broken in plugins.broken:
        say(f"broken: {broken}")
    if plugins.broken or any(checked.faults for checked in found):
        raise typer.Exit(ExitCode.BROKEN_PLUGIN)


def _option_row(option: Option) -> tuple[str, str, str, str]:
    default = "required" if option.required else option.default or "not set"
    return option.name, option.type, default, option.doc
