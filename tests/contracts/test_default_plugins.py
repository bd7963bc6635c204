"""Every part that comes with Voxpop is run through the kit of its kind, by its own tests."""

from __future__ import annotations

import ast
from collections import Counter
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from voxpop import Plugins, options_of
from voxpop.part_options import options_in
from voxpop.parts import AnyPart
from voxpop.run_config.core_tables import CoreTables

CHECKOUT = Path(__file__).parents[2]
OURS = [
    entry
    for entry in entry_points(group="voxpop")
    if entry.dist is not None and entry.dist.name == "voxpop"
]


def kits_in(folder: Path) -> Counter[str]:
    """Count the test classes of a folder that subclass a kit class, by that kit class."""
    found: Counter[str] = Counter()
    for module in folder.glob("test_*.py"):
        for node in ast.parse(module.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                found.update(base.id for base in node.bases if isinstance(base, ast.Name))
    return found


def parts() -> list[AnyPart]:
    plugins = Plugins.load(only=[entry.name for entry in OURS])
    assert plugins.broken == ()
    return list(plugins.parts())


def test_there_are_some() -> None:
    assert {part.name for part in parts()} >= {"files", "movie-reviews", "keras", "bilstm", "local"}


@pytest.mark.parametrize("entry", OURS, ids=lambda entry: str(entry.name))
def test_each_part_is_run_through_its_kit(entry: object) -> None:
    name = getattr(entry, "name", "")
    folder = CHECKOUT / "tests" / "plugins" / getattr(entry, "value", "").split(".")[1]
    kits = kits_in(folder)
    kinds = Counter(type(part).__name__ for part in Plugins.load(only=[name]).parts())
    wanted = {kind.removesuffix("Part") + "Conformance": n for kind, n in kinds.items()}
    lacking = {kit: n for kit, n in wanted.items() if kits[kit] < n}
    assert not lacking, f"subclass these in {folder.relative_to(CHECKOUT)}: {lacking}"


@pytest.mark.parametrize("entry", OURS, ids=lambda entry: str(entry.name))
def test_a_plugin_module_only_registers(entry: object) -> None:
    module = CHECKOUT / "plugins" / (getattr(entry, "value", "").replace(".", "/") + ".py")
    classes = [
        node.name
        for node in ast.parse(module.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    ]
    assert not classes, f"{module.name} only registers: move {classes} into a module of its own"


@pytest.mark.parametrize("part", parts(), ids=lambda part: f"{part.kind} {part.name}")
def test_each_option_says_what_it_means(part: AnyPart) -> None:
    silent = [option.name for option in options_of(part) if not option.doc]
    assert not silent, f"give Field(description=...) to {silent} of {part.config.__name__}"


def test_each_option_of_the_core_says_what_it_means() -> None:
    schema = CoreTables.model_json_schema()
    seed = {"properties": {"seed": schema["properties"]["seed"]}}
    silent = [
        option.name
        for table in (seed, *schema["$defs"].values())
        for option in options_in(table)
        if not option.doc
    ]
    assert not silent
