"""An alias as it is stored: the full digest that it points at, and its moves."""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from voxpop.bundle.manifest import Sha256, UtcDatetime
from voxpop.bundle.verification import explain
from voxpop.errors import RegistryError
from voxpop.interfaces import Move

KEPT_MOVES = 1_000  # an alias moved every hour keeps six weeks of history in under 300 kB


class MoveRecord(BaseModel):
    """One move; full digests, None for no version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Sha256 | None
    previous: Sha256 | None
    at: UtcDatetime


class AliasRecord(BaseModel):
    """Where an alias points and how it came there. A removed alias keeps its record."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    version: Sha256 | None = None
    history: tuple[MoveRecord, ...] = ()  # oldest first, the newest KEPT_MOVES of them

    @classmethod
    def from_bytes(cls, stored: bytes, key: str) -> AliasRecord:
        """Read what is stored under `key`.

        Raises:
            RegistryError: the object is damaged, or written by a newer Voxpop.
        """
        try:
            return cls.model_validate_json(stored)
        except ValidationError as error:
            raise RegistryError(
                f"The registry's object {key!r} is damaged, or a newer Voxpop wrote it "
                f"({explain(error)}). Upgrade by `pip install --upgrade voxpop`; if that does not "
                "help, remove the object and promote a version anew."
            ) from error

    def to_bytes(self) -> bytes:
        """Give the record as it is stored."""
        return self.model_dump_json().encode()

    def moved(self, to: str | None) -> AliasRecord:
        """Give the record after a move to the digest `to`."""
        now = datetime.datetime.now(datetime.UTC)
        move = MoveRecord(version=to, previous=self.version, at=now)
        return AliasRecord(version=to, history=(*self.history, move)[-KEPT_MOVES:])

    @property
    def points_at(self) -> str | None:
        """The name of the version that the alias points at."""
        return version_name(self.version)

    def moves(self) -> tuple[Move, ...]:
        """Give the history in names of versions."""
        return tuple(
            Move(version=version_name(m.version), previous=version_name(m.previous), at=m.at)
            for m in self.history
        )


def version_name(digest: str | None) -> str | None:
    """Give the name of the version whose manifest has this sha256."""
    return None if digest is None else f"v-{digest[:16]}"
