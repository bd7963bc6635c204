"""Writes what is generated: parts of the pages, the run config's schema, the picture of AWS.

A part of a page stands between `<!-- generated: NAME -->` and `<!-- end -->`. Run
`python docs/generate.py` to write them anew; with `--check` nothing is written, and the exit status
is 1 when something is not what the code says.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib.metadata import entry_points
from inspect import getdoc, getsource
from pathlib import Path

from typer.main import get_command
from typer.testing import CliRunner

from voxpop import (
    DataSourcePart,
    ListenerPart,
    ModelPart,
    Option,
    Plugins,
    RegistryPart,
    Settings,
    StorePart,
    TokenizerPart,
    options_of,
    run_config_schema,
)
from voxpop.part_options import options_in
from voxpop.run_config.core_tables import CoreTables
from voxpop_apps.cli.exit_codes import EXIT_CODES, ExitCode
from voxpop_apps.cli.main import app
from voxpop_apps.ui.settings import UiSettings

sys.path.insert(0, str(Path(__file__).parents[1]))  # `docs` is found however this is started
from docs import costs
from docs.architecture import architecture
from docs.markdown import code, sentence, table
from docs.terraform_tables import terraform

CHECKOUT = Path(__file__).parents[1]
SCHEMA = CHECKOUT / "configs" / "run-config.schema.json"
PICTURE = CHECKOUT / "images" / "architecture.svg"

_REGION = re.compile(
    r"(?P<begin>^<!-- generated: (?P<name>[\w-]+) -->\n).*?(?P<end>^<!-- end -->$)", re.M | re.S
)


def cli_help() -> Iterator[str]:
    """Give each command's own `--help`."""
    for path in _commands((), get_command(app)):
        shown = CliRunner().invoke(
            app, [*path, "--help"], prog_name="voxpop", terminal_width=80, catch_exceptions=False
        )
        yield f"## `{' '.join(('voxpop', *path))}`\n\n```text\n{shown.output.strip()}\n```\n"


def exit_codes() -> Iterator[str]:
    """Give each exit status of `voxpop`, with the error codes that end in it."""
    meanings = dict(re.findall(r"^    (\w+) = \d+  # (.+)$", getsource(ExitCode), flags=re.M))
    rows = []
    for status in ExitCode:
        codes = [f"`{code}`" for code, ends_in in EXIT_CODES.items() if ends_in is status]
        rows.append((f"{status.value}", meanings[status.name], ", ".join(codes)))
    yield table(("status", "meaning", "error codes"), rows)


def settings() -> Iterator[str]:
    """Give each environment variable of the core, with its default."""
    written = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", getdoc(Settings) or "", flags=re.M)
    meanings = {name: re.sub(r"^`VOXPOP_\w+`[,.]?\s*", "", text) for name, text in written}
    rows = []
    for name, setting in Settings.model_json_schema()["properties"].items():
        default = code(setting["default"]) if setting["default"] else "not set"
        one_of = f"one of {', '.join(setting['enum'])}" if "enum" in setting else ""
        suffix = "__..." if setting.get("type") == "object" else ""
        variable = f"`VOXPOP_{name.upper()}{suffix}`"
        meaning = sentence(one_of or meanings[name])
        rows.append((variable, default, meaning))
    yield table(("variable", "default", "meaning"), rows)


def ui_settings() -> Iterator[str]:
    """Give each environment variable of the page, with its default."""
    rows = []
    for name, field in UiSettings.model_fields.items():
        default = "not set" if field.default is None else code(str(field.default))
        rows.append((f"`VOXPOP_UI_{name.upper()}`", default, sentence(field.description or "")))
    yield table(("variable", "default", "meaning"), rows)


def core_options() -> Iterator[str]:
    """Give what a run config holds that belongs to no part."""
    schema = CoreTables.model_json_schema()
    seed = {"properties": {"seed": schema["properties"]["seed"]}}
    yield _options(options_in(seed))
    for name in ("splits", "promotion", "report"):
        declared = schema["$defs"][f"{name.capitalize()}Options"]
        yield f"### `[{name}]`\n\n{sentence(declared['description'].partition(': ')[2])}\n"
        yield _options(options_in(declared))


def parts_options() -> Iterator[str]:
    """Give the options of every part that comes with Voxpop, one table a part."""
    plugins = _our_plugins()
    for kind in (DataSourcePart, TokenizerPart, ModelPart, RegistryPart, StorePart, ListenerPart):
        for part in plugins.all(kind):
            yield f"### {kind.kind.capitalize()} `{part.name}`\n\n{sentence(part.summary)}\n"
            yield _options(options_of(part)) if options_of(part) else "It has no options.\n"


REGIONS: dict[str, Callable[[], Iterable[str]]] = {
    "cli-help": cli_help,
    "core-options": core_options,
    "costs": costs.by_rate,
    "exit-codes": exit_codes,
    "parts-options": parts_options,
    "prices": costs.prices,
    "settings": settings,
    "terraform-app": partial(terraform, "app"),
    "terraform-infra": partial(terraform, "infra"),
    "ui-settings": ui_settings,
}


def _commands(path: tuple[str, ...], command: object) -> Iterator[tuple[str, ...]]:
    yield path
    children: Mapping[str, object] = getattr(command, "commands", {})
    for name, child in children.items():
        yield from _commands((*path, name), child)


def _our_plugins() -> Plugins:
    """Load our own plugins, whatever else is installed."""
    ours = [
        entry.name
        for entry in entry_points(group="voxpop")
        if entry.dist is not None and entry.dist.name == "voxpop"
    ]
    plugins = Plugins.load(only=ours)
    if plugins.broken:
        raise SystemExit("\n".join(f"broken plugin: {broken}" for broken in plugins.broken))
    return plugins


def _options(options: Iterable[Option]) -> str:
    rows = []
    for option in options:
        default = code(option.default) if option.default is not None else "not set"
        rows.append(
            (
                code(option.name),
                option.type,
                "required" if option.required else default,
                sentence(option.doc),
            )
        )
    return table(("option", "type", "default", "meaning"), rows)


def fill(page: str, where: str) -> str:
    """Give a page with its generated parts written anew."""

    def written(region: re.Match[str]) -> str:
        name = region["name"]
        if name not in REGIONS:
            raise SystemExit(f"{where}: nothing is called {name!r}. Allowed: {', '.join(REGIONS)}")
        return "\n".join([region["begin"], *REGIONS[name](), region["end"]])

    filled, regions = _REGION.subn(written, page)
    if regions != len(re.findall(r"^<!-- generated: ", page, re.M)):
        raise SystemExit(f"{where}: a generated part lacks its `<!-- end -->`")
    return filled


def main(arguments: list[str]) -> int:
    """Write what is generated; with `--check`, tell what is not as it should be."""
    fresh = {
        SCHEMA: json.dumps(run_config_schema(_our_plugins()), indent=2, ensure_ascii=False) + "\n",
        PICTURE: architecture(),
    }
    for page in sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")]):
        fresh[page] = fill(page.read_text(encoding="utf-8"), page.name)
    stale = [
        path
        for path, text in fresh.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        name = path.relative_to(CHECKOUT)
        if arguments == ["--check"]:
            print(f"{name} is not what the code says: run `make docs`", file=sys.stderr)
        else:
            path.write_text(fresh[path], encoding="utf-8")
            print(f"wrote {name}")
    return 1 if stale and arguments == ["--check"] else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
