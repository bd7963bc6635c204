"""The options of the local store and the local registry."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from voxpop import PartConfig


class LocalStoreConfig(PartConfig):
    """Options of the `local` store."""

    directory: Path | None = Field(
        default=None, description="Where the objects lie; by default `store` in VOXPOP_HOME."
    )


class LocalRegistryConfig(PartConfig):
    """Options of the `local` registry."""

    directory: Path | None = Field(
        default=None, description="Where the versions lie; by default `registry` in VOXPOP_HOME."
    )
