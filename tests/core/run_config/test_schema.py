from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from voxpop import PartConfig, PluginError, Plugins, StorePart, TokenizerPart, run_config_schema
from voxpop.run_config.core_tables import TABLES
from voxpop.testing.doubles import sample_parts

CONFIGS = Path(__file__).parents[3] / "configs"
SAMPLE = run_config_schema(Plugins.of(*sample_parts()))


def options(schema: dict[str, Any], table: str) -> dict[str, dict[str, Any]]:
    """The options of each part that a table of the schema allows, by the part's name."""
    declared = schema["properties"][table]
    declared = declared.get("items", declared)
    mapping = declared["discriminator"]["mapping"]
    assert [{"$ref": reference} for reference in mapping.values()] == declared["oneOf"]
    return {
        name: schema["$defs"][reference.removeprefix("#/$defs/")]
        for name, reference in mapping.items()
    }


def references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def test_the_top_is_that_of_a_run_config() -> None:
    assert list(SAMPLE["properties"]) == list(TABLES)
    assert SAMPLE["required"] == ["data", "tokenizer", "model"]
    assert SAMPLE["additionalProperties"] is False
    assert SAMPLE["properties"]["seed"]["default"] == 42


def test_each_table_is_told_apart_by_its_name_also_with_one_part() -> None:
    (words,) = options(SAMPLE, "tokenizer").values()
    assert words["properties"]["name"]["const"] == "words"
    assert words["required"] == ["name"]
    assert words["additionalProperties"] is False
    assert {"name", "vocabulary_size", "max_length"} == set(words["properties"])


def test_several_parts_are_several_members() -> None:
    class Other(PartConfig):
        size: int

    def no_work(*_: object) -> Any:
        raise AssertionError("a schema needs no work of a part")

    other = TokenizerPart(name="other", summary="Other", config=Other, fit=no_work, load=no_work)
    schema = run_config_schema(Plugins.of(*sample_parts(), other))
    declared = options(schema, "tokenizer")
    assert list(declared) == ["other", "words"]
    assert set(declared["other"]["required"]) == {"name", "size"}
    assert declared["other"]["description"] == "Other"


def test_listeners_are_a_list() -> None:
    assert SAMPLE["properties"]["listeners"]["type"] == "array"
    assert list(options(SAMPLE, "listeners")) == ["recording"]


def test_without_plugins_nothing_is_allowed() -> None:
    assert run_config_schema(Plugins.of())["properties"]["model"] == {"not": {}}


def test_every_reference_leads_somewhere() -> None:
    found = set(references(SAMPLE))
    assert found
    assert {reference.removeprefix("#/$defs/") for reference in found} <= set(SAMPLE["$defs"])


def test_the_metrics_are_told() -> None:
    metric = SAMPLE["$defs"]["PromotionOptions"]["properties"]["metric"]
    assert metric["enum"][:2] == ["accuracy", "precision"]


def test_an_option_that_json_cannot_tell_is_told_with_its_part() -> None:
    class Odd(PartConfig):
        call: Callable[[], None] | None = None

    def no_work(*_: object) -> Any:
        raise AssertionError("a schema needs no work of a part")

    odd = TokenizerPart(name="odd", summary="Odd", config=Odd, fit=no_work, load=no_work)
    with pytest.raises(PluginError, match="The options of the tokenizer 'odd' cannot be told"):
        run_config_schema(Plugins.of(odd))
    assert run_config_schema(Plugins.of(_store()))["$defs"].keys() == {
        "PromotionOptions",
        "ReportOptions",
        "SplitsOptions",
    }


@pytest.fixture(scope="module")
def default_plugins() -> Plugins:
    own = [
        entry.name
        for entry in entry_points(group="voxpop")
        if entry.dist is not None and entry.dist.name == "voxpop"
    ]
    return Plugins.load(only=own)


def test_the_schema_in_configs_is_fresh(default_plugins: Plugins) -> None:
    assert default_plugins.broken == ()
    stored = json.loads((CONFIGS / "run-config.schema.json").read_text(encoding="utf-8"))
    assert stored == run_config_schema(default_plugins), (
        "run: voxpop config schema > configs/run-config.schema.json"
    )


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("*.toml")), ids=lambda file: file.name)
def test_the_schema_knows_every_key_of_our_configs(file: Path, default_plugins: Plugins) -> None:
    schema = run_config_schema(default_plugins)
    for table, value in tomllib.loads(file.read_text(encoding="utf-8")).items():
        assert table in schema["properties"]
        if isinstance(value, dict) and "name" in value:
            assert value.keys() <= options(schema, table)[value["name"]]["properties"].keys()


def _store() -> StorePart[Any]:
    return next(part for part in sample_parts() if isinstance(part, StorePart))
