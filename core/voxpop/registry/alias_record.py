"""An alias as it is stored: the full digest that it points at, and its moves."""

from __future__ import annotations

import datetime
import uuid
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from voxpop.bundle.manifest import Sha256, UtcDatetime
from voxpop.bundle.verification import explain
from voxpop.errors import RegistryError

_KINDS = {"move": False, "rollback": True}  # what an id begins with

SEGMENT_MOVES = 50  # an alias holds fewer than twice as many, about 20 kB


class _Stored(BaseModel):
    """What is kept as one JSON object."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def from_bytes(cls, stored: bytes, key: str) -> Self:
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


class MoveRecord(BaseModel):
    """One move; full digests, None for no version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Sha256 | None
    previous: Sha256 | None
    at: UtcDatetime
    # By it, a mover that got no answer knows its move again; None in what an older Voxpop wrote. It
    # begins with what the move was, because an older Voxpop reads any id and refuses other fields.
    id: str | None = None

    @property
    def is_rollback(self) -> bool | None:
        """Whether it went back; None in what an older Voxpop wrote, which did not say."""
        return _KINDS.get((self.id or "").partition("-")[0])


class SegmentRecord(_Stored):
    """Some moves in a row that their alias no longer holds itself."""

    schema_version: Literal[1] = 1
    moves: tuple[MoveRecord, ...]  # oldest first


class AliasRecord(_Stored):
    """Where an alias points and how it came there. A removed alias keeps its record."""

    schema_version: Literal[1] = 1
    version: Sha256 | None = None
    history: tuple[MoveRecord, ...] = ()  # the newest moves, oldest first
    segments: int = 0  # how many segments of SEGMENT_MOVES moves came before
    fences: int = 0  # how often a deletion barred moves from an earlier state

    def moved(self, to: str | None, *, back: bool = False) -> AliasRecord:
        """Give the record after a move to the digest `to`; `back`: by a rollback."""
        now = datetime.datetime.now(datetime.UTC)
        mark = f"{'rollback' if back else 'move'}-{uuid.uuid4().hex}"
        move = MoveRecord(version=to, previous=self.version, at=now, id=mark)
        return self.model_copy(update={"version": to, "history": (*self.history, move)})

    def fenced(self) -> AliasRecord:
        """Give the record, other bytes, after a fence."""
        return self.model_copy(update={"fences": self.fences + 1})

    def without_segment(self) -> AliasRecord:
        """Give the record after its oldest moves went into a segment."""
        kept = self.history[SEGMENT_MOVES:]
        return self.model_copy(update={"history": kept, "segments": self.segments + 1})

    @property
    def points_at(self) -> str | None:
        """The name of the version that the alias points at."""
        return version_name(self.version)


def version_name(digest: str | None) -> str | None:
    """Give the name of the version whose manifest has this sha256."""
    return None if digest is None else f"v-{digest[:16]}"
