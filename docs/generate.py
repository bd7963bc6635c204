"""Writes the generated parts of the pages, and the run config's schema, from the code itself.

A part of a page stands between `<!-- generated: NAME -->` and `<!-- end -->`. Run
`python docs/generate.py` to write them anew; with `--check` nothing is written, and the exit status
is 1 when something is not what the code says.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from inspect import getdoc, getsource
from pathlib import Path
from typing import Any

from typer.main import get_command
from typer.testing import CliRunner

from voxpop import Plugins, Settings, run_config_schema
from voxpop_apps.cli.exit_codes import EXIT_CODES, ExitCode
from voxpop_apps.cli.main import app

CHECKOUT = Path(__file__).parents[1]
SCHEMA = CHECKOUT / "configs" / "run-config.schema.json"

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
    yield _table(("status", "meaning", "error codes"), rows)


def settings() -> Iterator[str]:
    """Give each environment variable of the core, with its default."""
    written = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", getdoc(Settings) or "", flags=re.M)
    meanings = {name: re.sub(r"^`VOXPOP_\w+`[,.]?\s*", "", text) for name, text in written}
    rows = []
    for name, setting in Settings.model_json_schema()["properties"].items():
        default = f"`{setting['default']}`" if setting["default"] else "not set"
        one_of = f"One of {', '.join(setting['enum'])}." if "enum" in setting else ""
        suffix = "__..." if setting.get("type") == "object" else ""
        variable = f"`VOXPOP_{name.upper()}{suffix}`"
        meaning = one_of or f"{meanings[name][:1].upper()}{meanings[name][1:]}"
        rows.append((variable, default, meaning))
    yield _table(("variable", "default", "meaning"), rows)


def core_options() -> Iterator[str]:
    """Give what a run config holds that belongs to no part."""
    schema = _schema()
    properties = schema["properties"]
    yield _table(_OPTION_COLUMNS, [_option("seed", properties["seed"], required=False)])
    for name in ("splits", "promotion"):
        yield from _options(f"`[{name}]`", _resolve(schema, properties[name]))


def parts_options() -> Iterator[str]:
    """Give the options of every part that comes with Voxpop, one table a part."""
    schema = _schema()
    for table, property_ in schema["properties"].items():
        choice = property_.get("items", property_)
        for reference in choice.get("oneOf", ()):
            part = _resolve(schema, reference)
            name = part["properties"]["name"]["const"]
            header = f"[[{table}]]" if "items" in property_ else f"[{table}]"
            yield from _options(f'`{header}` `name = "{name}"`', part)


REGIONS: dict[str, Callable[[], Iterable[str]]] = {
    "cli-help": cli_help,
    "core-options": core_options,
    "exit-codes": exit_codes,
    "parts-options": parts_options,
    "settings": settings,
}

_OPTION_COLUMNS = ("option", "allowed", "default", "meaning")


def _commands(path: tuple[str, ...], command: object) -> Iterator[tuple[str, ...]]:
    yield path
    children: Mapping[str, object] = getattr(command, "commands", {})
    for name, child in children.items():
        yield from _commands((*path, name), child)


def _schema() -> dict[str, Any]:
    """Give the schema of run configs that use our own plugins, whatever else is installed."""
    ours = [
        entry.name
        for entry in entry_points(group="voxpop")
        if entry.dist is not None and entry.dist.name == "voxpop"
    ]
    plugins = Plugins.load(only=ours)
    if plugins.broken:
        raise SystemExit("\n".join(f"broken plugin: {broken}" for broken in plugins.broken))
    return run_config_schema(plugins)


def _resolve(schema: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """Follow a reference, through the alternative `null` of an optional table."""
    reference = value.get("$ref") or next(v["$ref"] for v in value["anyOf"] if "$ref" in v)
    return dict(schema["$defs"][reference.rpartition("/")[2]])


def _options(title: str, table: Mapping[str, Any]) -> Iterator[str]:
    required = table.get("required", ())
    rows = [
        _option(name, option, required=name in required)
        for name, option in table["properties"].items()
        if name != "name"
    ]
    summary = re.sub(r"^`\[\w+\]`: ", "", table.get("description", ""))
    yield f"### {title}\n\n{summary[:1].upper()}{summary[1:].rstrip('.')}.\n"
    yield _table(_OPTION_COLUMNS, rows) if rows else "It has no options.\n"


def _option(name: str, option: Mapping[str, Any], *, required: bool) -> tuple[str, ...]:
    default = "required" if required else f"`{json.dumps(option.get('default'))}`"
    if option.get("default") is None and not required:
        default = "not set"
    return f"`{name}`", _allowed(option), default, option.get("description", "")


def _allowed(option: Mapping[str, Any]) -> str:
    """Say in words what a JSON schema allows."""
    if "enum" in option or "const" in option:
        return ", ".join(f"`{json.dumps(v)}`" for v in option.get("enum", [option.get("const")]))
    if "anyOf" in option:
        return " or ".join(_allowed(one) for one in option["anyOf"] if one.get("type") != "null")
    words = "path" if option.get("format") == "path" else str(option.get("type", "table"))
    if words == "array":
        words = f"array of {_allowed(option.get('items', {}))}"
    if isinstance(option.get("additionalProperties"), dict):
        words = f"table of {_allowed(option['additionalProperties'])}"
    bounds = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
    return ", ".join(
        [words, *(f"{sign} {option[key]}" for key, sign in bounds.items() if key in option)]
    )


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" for _ in columns)]
    lines += [tuple(" ".join(cell.replace("|", r"\|").split()) for cell in row) for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def fill(page: str, where: str) -> str:
    """Give a page with its generated parts written anew."""

    def written(region: re.Match[str]) -> str:
        name = region["name"]
        if name not in REGIONS:
            raise SystemExit(f"{where}: nothing is called {name!r}. Allowed: {', '.join(REGIONS)}")
        return "\n".join([region["begin"], *REGIONS[name](), region["end"]])

    filled, regions = _REGION.subn(written, page)
    if regions != page.count("<!-- generated: "):
        raise SystemExit(f"{where}: a generated part lacks its `<!-- end -->`")
    return filled


def main(arguments: list[str]) -> int:
    """Write what is generated; with `--check`, tell what is not as it should be."""
    fresh = {SCHEMA: json.dumps(_schema(), indent=2, ensure_ascii=False) + "\n"}
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
