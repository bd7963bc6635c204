"""What a part's options are, for people: name, type, default and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voxpop.parts import Part
from voxpop.run_config.toml_text import toml_value

_TYPES = {
    "integer": "integer",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "object": "table",
}
_FORMATS = {"path": "path", "directory-path": "folder", "file-path": "file", "password": "secret"}
_BOUNDS = {
    "minimum": ">=",
    "exclusiveMinimum": ">",
    "maximum": "<=",
    "exclusiveMaximum": "<",
    "multipleOf": "a multiple of",
    "minLength": "length >=",
    "maxLength": "length <=",
    "minItems": "items >=",
    "maxItems": "items <=",
}


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of a part, as it stands in a run config."""

    name: str
    type: str  # in words, with its bounds
    required: bool
    default: str | None  # as TOML would write it; None when it is required or not set
    doc: str


def options_of(part: Part[Any]) -> tuple[Option, ...]:
    """Give the options of a part, in the order in which its config class declares them."""
    return options_in(part.config.model_json_schema())


def options_in(schema: Mapping[str, Any]) -> tuple[Option, ...]:
    """Give the options that the JSON schema of a table allows."""
    required = schema.get("required", ())
    return tuple(
        Option(
            name=name,
            type=_type(declared, schema.get("$defs", {})),
            required=name in required,
            default=None if declared.get("default") is None else toml_value(declared["default"]),
            doc=" ".join(declared.get("description", "").split()),
        )
        for name, declared in schema.get("properties", {}).items()
    )


def _type(declared: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Say a JSON schema in words."""
    if "$ref" in declared:
        return _type(definitions[declared["$ref"].rpartition("/")[2]], definitions)
    for union in ("anyOf", "oneOf"):
        if union in declared:
            members = (_type(member, definitions) for member in declared[union])
            return " | ".join(dict.fromkeys(member for member in members if member != "null"))
    if "enum" in declared:
        return " | ".join(map(toml_value, declared["enum"]))
    if "const" in declared:
        return toml_value(declared["const"])
    if "prefixItems" in declared:
        return f"[{', '.join(_type(item, definitions) for item in declared['prefixItems'])}]"
    of_type = declared.get("type", "anything")
    if of_type == "array":
        words = f"list of {_type(declared.get('items', {}), definitions)}"
    elif of_type == "object" and isinstance(declared.get("additionalProperties"), Mapping):
        words = f"table of {_type(declared['additionalProperties'], definitions)}"
    else:
        words = _FORMATS.get(declared.get("format", ""), _TYPES.get(of_type, of_type))
    bounds = [f"{sign} {declared[bound]}" for bound, sign in _BOUNDS.items() if bound in declared]
    return " ".join([words, ", ".join(bounds)]) if bounds else words
