"""The JSON schema of run configs, so that editors complete and check them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field, create_model
from pydantic.errors import PydanticUserError
from pydantic.json_schema import models_json_schema

from voxpop.errors import PluginError
from voxpop.parts import (
    DataSourcePart,
    ListenerPart,
    ModelPart,
    Part,
    RegistryPart,
    TokenizerPart,
)
from voxpop.plugins import Plugins
from voxpop.run_config.core_tables import TABLES, CoreTables

_KINDS: tuple[type[Part[Any]], ...] = (
    DataSourcePart,
    TokenizerPart,
    ModelPart,
    RegistryPart,
    ListenerPart,
)


def run_config_schema(plugins: Plugins) -> dict[str, Any]:
    """Give the JSON schema (draft 2020-12) of the run configs that these plugins allow.

    A table that a part checks is a `oneOf` over the parts of its kind, told apart by `name`.

    Raises:
        PluginError: a part's options cannot be told in JSON.
    """
    parts = [part for kind in _KINDS for part in plugins.all(kind)]
    tables = {id(part): _table(part) for part in parts}
    models: list[tuple[type[BaseModel], Literal["validation"]]] = [(CoreTables, "validation")]
    models += [(table, "validation") for table in tables.values()]
    references, definitions = models_json_schema(models)
    reference = {id(part): references[tables[id(part)], "validation"] for part in parts}
    definitions = definitions["$defs"]
    core = definitions.pop(references[CoreTables, "validation"]["$ref"].rpartition("/")[2])
    properties: dict[str, Any] = dict(core["properties"])
    for kind in _KINDS:
        one_of = _one_of({part.name: reference[id(part)] for part in plugins.all(kind)})
        if kind is ListenerPart:
            properties[kind.table] = {"type": "array", "items": one_of, "default": []}
        else:
            properties[kind.table] = one_of
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Voxpop run config",
        "type": "object",
        "additionalProperties": False,
        "properties": {name: properties[name] for name in TABLES},
        "required": [DataSourcePart.table, TokenizerPart.table, ModelPart.table],
        "$defs": definitions,
    }


def _table(part: Part[Any]) -> type[BaseModel]:
    """Make the model of a part's whole table: its options and its name."""
    try:
        model: type[BaseModel] = create_model(
            f"{part.kind} {part.name}".title().replace(" ", "").replace("-", ""),
            __base__=part.config,
            __doc__=part.summary,
            name=(str, Field(json_schema_extra={"const": part.name})),
        )
        model.model_json_schema()
    except PydanticUserError as error:
        raise PluginError(
            f"The options of the {part.kind} {part.name!r} cannot be told in JSON: {error.message}"
        ) from error
    return model


def _one_of(references: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    if not references:
        return {"not": {}}  # no part is installed: nothing is allowed
    return {
        "oneOf": list(references.values()),
        "discriminator": {
            "propertyName": "name",
            "mapping": {name: reference["$ref"] for name, reference in references.items()},
        },
    }
