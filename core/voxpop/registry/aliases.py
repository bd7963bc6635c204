"""Aliases in an object store: where each points, how it moves, and all its moves.

An alias is one object that moves by compare-and-swap. It holds its newest moves; the older ones lie
in segments beside it, each of which is written once, before the alias lets go of its moves. So an
alias stays small however often it moves, and no move is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from voxpop.errors import (
    AliasConflictError,
    ObjectChangedError,
    ObjectNotFoundError,
    RegistryError,
)
from voxpop.interfaces import Move, ObjectStore, Tag
from voxpop.registry.alias_record import SEGMENT_MOVES, AliasRecord, SegmentRecord, version_name
from voxpop.registry.layout import ALIASES, alias_key, is_alias, segment_key


@dataclass(frozen=True)
class SeenAlias:
    """An alias as it was read: it moves only from this very state."""

    name: str
    record: AliasRecord
    tag: Tag | None  # None: there is no such alias


class Aliases:
    """The aliases in one store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def see(self, alias: str) -> SeenAlias:
        """Read an alias; one that does not exist points at nothing."""
        try:
            stored, tag = self._store.read(alias_key(alias))
        except ObjectNotFoundError:
            return SeenAlias(alias, AliasRecord(), None)
        return SeenAlias(alias, AliasRecord.from_bytes(stored, alias_key(alias)), tag)

    def expect(self, alias: str, expected: str | None) -> SeenAlias:
        """Read an alias that must point at `expected` (None = at nothing).

        Raises:
            AliasConflictError: it points elsewhere.
        """
        seen = self.see(alias)
        if seen.record.points_at != expected:
            raise AliasConflictError(
                f"{alias!r} points at {seen.record.points_at or 'nothing'}, not at "
                f"{expected or 'nothing'}: somebody moved it meanwhile. Look at it again "
                "(`voxpop registry list`) and decide anew."
            )
        return seen

    def move(self, seen: SeenAlias, to: str | None, *, back: bool = False) -> None:
        """Point an alias at the full digest `to` (None = at nothing), from the state seen.

        The move is recorded as a rollback if it goes `back`.

        Pointing it where it points already changes nothing. A store that gets no answer may write
        again and be refused because its first try had won and somebody moved the alias on since;
        so after a refusal the history tells whether the move was made.

        Raises:
            AliasConflictError: it is no longer in that state.
        """
        if seen.record.version == to:
            return
        by = self._archived(seen).moved(to, back=back)
        if not self._replace(seen, by) and not self._holds(seen.name, by):
            raise AliasConflictError(
                f"{seen.name!r} was moved by somebody else in this very moment and does not point "
                f"at {version_name(to) or 'nothing'}. Look at it again (`voxpop registry list`) "
                "and decide anew."
            )

    def fence(self, seen: SeenAlias) -> SeenAlias:
        """Make sure that nobody moves the alias from a state read before now; give its state."""
        if self._replace(seen, seen.record.fenced()):
            return seen
        return self.see(seen.name)  # somebody wrote it since, which bars the others as well

    def all(self) -> list[SeenAlias]:
        """Read every alias, sorted by name; those that point at nothing too."""
        keys = self._store.list(ALIASES)
        names = [key.removeprefix(ALIASES).removesuffix(".json") for key in keys]
        return [self.see(name) for name in sorted(names) if is_alias(name)]

    def pointing(self) -> Mapping[str, str]:
        """Give every alias and the version it points at, sorted by name."""
        return {
            seen.name: seen.record.points_at
            for seen in self.all()
            if seen.record.points_at is not None
        }

    def history(self, alias: str) -> Sequence[Move]:
        """Give all moves of an alias, oldest first; empty when it never existed."""
        record = self.see(alias).record
        older = [self._segment(alias, number) for number in range(record.segments)]
        moves = [move for segment in older for move in segment.moves] + list(record.history)
        return [
            Move(
                version=version_name(m.version),
                previous=version_name(m.previous),
                at=m.at,
                is_rollback=m.is_rollback,
            )
            for m in moves
        ]

    def _replace(self, seen: SeenAlias, by: AliasRecord) -> bool:
        """Write an alias if it is still as it was seen, and tell whether it was."""
        try:
            self._store.write(alias_key(seen.name), by.to_bytes(), expected=seen.tag)
        except (ObjectChangedError, ObjectNotFoundError):
            return False
        return True

    def _holds(self, alias: str, by: AliasRecord) -> bool:
        """Tell whether the newest move of `by` stands in the alias's history."""
        record, move = self.see(alias).record, by.history[-1]
        return move in record.history or any(
            move in self._segment(alias, number).moves
            for number in range(by.segments, record.segments)
        )

    def _archived(self, seen: SeenAlias) -> AliasRecord:
        """Write the older moves of a record that has grown too long into segments.

        The moves that a record holds are facts, whoever wins the next one; so all who archive them
        write the very same segment, and the first one does for all.
        """
        record = seen.record
        while len(record.history) >= 2 * SEGMENT_MOVES:
            key = segment_key(seen.name, record.segments)
            segment = SegmentRecord(moves=record.history[:SEGMENT_MOVES])
            with suppress(ObjectChangedError):
                self._store.write(key, segment.to_bytes(), expected=None)
            record = record.without_segment()
        return record

    def _segment(self, alias: str, number: int) -> SegmentRecord:
        key = segment_key(alias, number)
        try:
            stored, _ = self._store.read(key)
        except ObjectNotFoundError as error:
            raise RegistryError(
                f"The registry lacks its object {key!r}, which holds older moves of {alias!r}: "
                "somebody removed it by hand. Bring it back from the bucket's or the disk's "
                "backup; the alias itself still works."
            ) from error
        return SegmentRecord.from_bytes(stored, key)
