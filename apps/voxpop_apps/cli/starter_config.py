"""The run config that `voxpop config new` writes: every option of the parts, told and defaulted."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from importlib.resources import files
from string import Template
from typing import Any

from voxpop import DataSourcePart, ModelPart, Option, Part, Plugins, TokenizerPart, options_of

CHANGE_ME = "change-me"  # in lower case it may name a bucket, too
_WIDTH = 98
_PLACEHOLDERS = {"integer": "1", "number": "1.0", "true": "true", "list": f'["{CHANGE_ME}"]'}


def starter_config(plugins: Plugins, source: str, file: str) -> str:
    """Give the text of a run config that trains the default model on a data source.

    Args:
        plugins: the parts to choose from.
        source: the name of the data source.
        file: what the text calls itself.

    Raises:
        PartNotFoundError: there is no such data source, or the default parts are not there.
    """
    found = files("voxpop_apps.cli") / "starter.toml.txt"
    return Template(found.read_text(encoding="utf-8")).substitute(
        file=file,
        data=_table(plugins.get(DataSourcePart, source)),
        tokenizer=_table(plugins.get(TokenizerPart, "keras")),
        model=_table(plugins.get(ModelPart, "bilstm")),
    )


def _table(part: Part[Any]) -> str:
    lines = [f'name = "{part.name}" # {part.summary}']
    for option in options_of(part):
        lines += _option(option)
    return "".join(f"{line}\n" for line in lines)


def _option(option: Option) -> Iterator[str]:
    """Give the lines of one option: what it means, and its value, behind a # unless required."""
    meaning = f"{option.doc[:1].upper()}{option.doc[1:]}"
    for line in textwrap.wrap(meaning, _WIDTH, break_long_words=False):
        yield f"# {line}"
    if option.required:
        kind = option.type.split()[0]
        value = kind if kind.startswith('"') else _PLACEHOLDERS.get(kind, f'"{CHANGE_ME}"')
        yield f"{option.name} = {value} # {option.type}; required"
    else:
        yield f"#{option.name} = {option.default or '...'}"
