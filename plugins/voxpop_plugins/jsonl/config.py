"""The options of the listener `jsonl`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from voxpop import PartConfig


class JsonlConfig(PartConfig):
    """Options of the listener `jsonl`."""

    file: Path = Field(
        description="Lines are added to its end; it and its folders are made when they are missing."
    )
    progress: bool = Field(
        default=True, description="Whether to write how far each stage is, too: many lines."
    )
