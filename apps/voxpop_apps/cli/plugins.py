"""`voxpop plugins`: which parts there are, what they take, and which plugins are broken."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voxpop_apps.cli.exit_codes import ExitCode
from voxpop_apps.cli.output import emit, emit_json, emit_table, say

if TYPE_CHECKING:
    from voxpop import Option

plugins_app = typer.Typer(help="See the installed plugins and their parts.", no_args_is_help=True)

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
    from voxpop import PartNotFoundError, Plugins, nearest, options_of

    plugins = Plugins.load()
    parts = [part for part in plugins.parts() if part.name == name]
    if not parts:
        names = sorted({part.name for part in plugins.parts()})
        broken = "".join(f"\n  broken: {broken}" for broken in plugins.broken)
        raise PartNotFoundError(
            f"No part is called {name!r}. Available: {', '.join(names)}{nearest(name, names)}{broken}"
        )
    records: list[dict[str, Any]] = [
        {
            "kind": part.kind,
            "name": part.name,
            "summary": part.summary,
            "table": part.table,
            **dataclasses.asdict(plugins.origin(part)),
            "options": [dataclasses.asdict(option) for option in options_of(part)],
        }
        for part in parts
    ]
