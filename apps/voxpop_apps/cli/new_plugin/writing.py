"""Writes a plugin package from the texts in `files`: one part that works, its options, its tests.

The texts hold `$name` and the like, as `string.Template` takes them. Lists of imports end with a
comma there, so that formatters leave what was written alone, however long the name is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template

LONGEST_NAME = 24  # longer ones would break the lines that hold them


class Kind(StrEnum):
    """What a new plugin can offer."""

    DATA_SOURCE = "data-source"
    TOKENIZER = "tokenizer"
    MODEL = "model"
    REGISTRY = "registry"
    STORE = "store"
    LISTENER = "listener"

    @property
    def module(self) -> str:
        """The module that holds the part."""
        return self.value.replace("-", "_")


_SUMMARIES = {
    Kind.DATA_SOURCE: "Reviews in an SQLite database",
    Kind.TOKENIZER: "One token a character",
    Kind.MODEL: "Naive Bayes on token counts",
    Kind.REGISTRY: "Versions in an SQLite file",
    Kind.STORE: "Objects in an SQLite file",
    Kind.LISTENER: "Notes the best epoch in a file",
}


def write_plugin(name: str, kind: Kind, into: Path) -> Path:
    """Write the package `voxpop-NAME` into a directory, and give its folder.

    Args:
        name: of the plugin and of its part, in kebab case; a leading `voxpop-` is left off.
        kind: what it offers.
        into: where the package's folder goes; made when it is missing.

    Raises:
        UsageError: the name cannot be used or is taken, or the folder is there already.
        StoreError: the files cannot be written.
    """
    from voxpop import Plugins, UsageError, disk_fault

    name = name.removeprefix("voxpop-")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > LONGEST_NAME:
        raise UsageError(
            f"{name!r} cannot be the name of a new plugin: give lower-case words joined by '-', "
            f"with at most {LONGEST_NAME} characters, such as 'shop' or 'our-shop'"
        )
    for part in Plugins.load().parts():
        if part.name == name and part.kind == kind.value.replace("-", " "):
            raise UsageError(
                f"There is a {part.kind} {name!r} already, and of two with one name neither is "
                "used: choose another name"
            )
    package = f"voxpop_{name.replace('-', '_')}"
    if find_spec(package) is not None:  # ours among them: voxpop_plugins, voxpop_apps
        raise UsageError(f"A package {package} is installed already: choose another name")
    folder = into / f"voxpop-{name}"
    if folder.exists():
        raise UsageError(f"{folder} is there already: choose another name, or another --into")
    try:
        for path, text in _texts(name, package, kind):
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise disk_fault(error, Path(error.filename or folder), "written") from error
    return folder


def _texts(name: str, package: str, kind: Kind) -> Iterator[tuple[str, str]]:
    """Give the path of each file of the package, with its text."""
    # A registry is made of a store, so its package holds both.
    modules = ["store", "registry"] if kind is Kind.REGISTRY else [kind.module]
    words = {
        "name": name,
        "package": package,
        "distribution": f"voxpop-{name}",
        "Class": "".join(word.capitalize() for word in name.split("-")),
        "summary": _SUMMARIES[kind],
        "voxpop": version("voxpop"),
        "files": "".join(_row(package, module) for module in modules),
    }
    words["usage"] = _filled(f"{kind.module}/usage.md", words)
    yield "pyproject.toml", _filled("package/pyproject.toml", words)
    yield "README.md", _filled("package/README.md", words)
    yield f"{package}/__init__.py", _filled("package/init.py", words)
    yield f"{package}/py.typed", ""
    yield f"{package}/plugin.py", _filled(f"{kind.module}/plugin.py", words)
    for module in modules:
        yield f"{package}/{module}.py", _filled(f"{module}/part.py", words)
        yield f"tests/test_{module}.py", _filled(f"{module}/kit.py", words)


def _row(package: str, module: str) -> str:
    words = module.replace("_", " ")
    return (
        f"| `{package}/{module}.py` | the {words}: its options, its work |\n"
        f"| `tests/test_{module}.py` | the conformance kit, run on the {words} |\n"
    )


def _filled(text: str, words: Mapping[str, str]) -> str:
    found = files("voxpop_apps.cli.new_plugin") / "files" / f"{text}.txt"
    return Template(found.read_text(encoding="utf-8")).substitute(words)
