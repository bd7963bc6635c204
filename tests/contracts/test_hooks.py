"""Each hook is whole: part, kit class that can fail, heading in the guide, row in its table."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import voxpop
import voxpop.testing
from voxpop import hookspecs, run_config_schema
from voxpop.parts import AnyPart
from voxpop.plugin_offers import HOOKS
from voxpop.testing import Conformance, sample_parts, sample_plugins

CHECKOUT = Path(__file__).parents[2]
GUIDE = (CHECKOUT / "docs" / "plugins.md").read_text(encoding="utf-8")

KINDS = pytest.mark.parametrize(("hook", "kind"), HOOKS.items(), ids=HOOKS)


def kit_of(kind: type[AnyPart]) -> type[Conformance]:
    kit: type[Conformance] = getattr(
        voxpop.testing, kind.__name__.removesuffix("Part") + "Conformance"
    )
    return kit


def signature(hook: str) -> str:
    """Give a hook as the guide's headings spell it: its name and its annotations."""
    return f"{hook}{inspect.signature(getattr(hookspecs, hook))}".replace("'", "")


def test_every_hookspec_is_known_to_the_loader() -> None:
    specified = {name for name, it in vars(hookspecs).items() if hasattr(it, "voxpop_spec")}
    assert specified == set(HOOKS)


@KINDS
def test_a_hook_has_a_kind_of_part_that_is_public(hook: str, kind: type[AnyPart]) -> None:
    assert getattr(voxpop, kind.__name__) is kind
    assert signature(hook) == f"{hook}() -> Iterable[{kind.__name__}[Any]]"


@KINDS
def test_a_hook_shows_an_example(hook: str, kind: type[AnyPart]) -> None:
    told = inspect.getdoc(getattr(hookspecs, hook)) or ""
    assert "Example::" in told
    assert f"def {hook}():" in told
    assert f"yield {kind.__name__}(" in told


@KINDS
def test_a_kind_has_a_kit_class(hook: str, kind: type[AnyPart]) -> None:
    assert issubclass(kit_of(kind), Conformance)
    assert kit_of(kind).__name__ in voxpop.testing.__all__


@KINDS
def test_a_kit_class_is_tested_on_broken_parts(hook: str, kind: type[AnyPart]) -> None:
    module = kind.kind.replace(" ", "_")
    tests = (CHECKOUT / f"tests/core/testing/test_{module}.py").read_text(encoding="utf-8")
    assert f"dir({kit_of(kind).__name__})" in tests


@KINDS
def test_a_kind_has_a_double(hook: str, kind: type[AnyPart]) -> None:
    doubles: tuple[Any, ...] = sample_parts()
    assert [type(part) for part in doubles].count(kind) == 1


@KINDS
def test_a_hook_is_a_heading_of_the_guide(hook: str, kind: type[AnyPart]) -> None:
    assert re.search(rf"^### `{re.escape(signature(hook))}`$", GUIDE, flags=re.M)


@KINDS
def test_a_hook_has_a_row_in_the_guide(hook: str, kind: type[AnyPart]) -> None:
    in_run_config = run_config_schema(sample_plugins())["properties"].get(kind.table)
    table = rf"`\[+{kind.table}\]+`" if in_run_config else "none: a registry uses it"
    cells = [rf"\[`{hook}`\]\(#.+\)", f"`{kind.__name__}`", table, f"`{kit_of(kind).__name__}`"]
    row = r" \| ".join(cells)
    assert re.search(rf"^\| {row} \| ", GUIDE, flags=re.M)


def test_each_kit_class_is_shown_at_work() -> None:
    for kind in HOOKS.values():
        assert f"({kit_of(kind).__name__})" in GUIDE, f"the guide subclasses no {kit_of(kind)}"
