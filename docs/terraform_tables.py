"""Lists the variables and outputs of a stage of Terraform, as `terraform fmt` lays them out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.markdown import code, sentence, table

TERRAFORM = Path(__file__).parents[1] / "terraform"

_BLOCK = re.compile(
    r'^(?P<kind>variable|output) "(?P<name>\w+)" \{\n(?P<body>.*?)^\}$', re.M | re.S
)
_ARGUMENT = re.compile(r"^  (\w+) += (.+)$", re.M)


@dataclass(frozen=True)
class Declared:
    """A variable or an output; what an output has none of is empty."""

    name: str
    meaning: str
    type: str
    default: str | None


def declared(kind: str, stage: Path) -> Iterator[Declared]:
    """Give the variables or outputs of a stage in the order of its file."""
    file = stage / f"{kind}s.tf"
    text = file.read_text(encoding="utf-8")
    blocks = [block for block in _BLOCK.finditer(text) if block["kind"] == kind]
    if len(blocks) != len(re.findall(rf"^\s*{kind}\b", text, re.M)):
        raise SystemExit(f"{file}: a block is not laid out as `terraform fmt` does it")
    for block in blocks:
        told = dict(_ARGUMENT.findall(block["body"]))
        if "description" not in told:
            raise SystemExit(f"{file}: {kind} {block['name']} has no description")
        yield Declared(
            name=block["name"],
            meaning=json.loads(told["description"]),
            type=told.get("type", ""),
            default=told.get("default"),
        )


def terraform(stage: str) -> Iterator[str]:
    """Give each variable and output of a stage of Terraform."""
    folder = TERRAFORM / stage
    yield table(
        ("variable", "type", "default", "meaning"),
        (
            (
                f"`{told.name}`",
                code(told.type),
                "required" if told.default is None else code(told.default),
                sentence(told.meaning),
            )
            for told in declared("variable", folder)
        ),
    )
    yield table(
        ("output", "meaning"),
        ((f"`{told.name}`", sentence(told.meaning)) for told in declared("output", folder)),
    )
