"""Rollback: back along the history of an alias."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from voxpop.errors import ReferenceNotFoundError, RegistryError
from voxpop.interfaces import Move, Registry
from voxpop.registry.layout import check_alias


@runtime_checkable
class RecordsRollbacks(Protocol):
    """A registry whose moves say whether they were rollbacks (`Move.is_rollback`).

    Optional: of any other, a move to a version that the alias pointed at before counts as one.
    """

    def move_back(self, alias: str, to: str, *, expected: str | None) -> None:
        """Move the alias as `Registry.move_alias` does, and record that this was a rollback."""


def rollback(registry: Registry, alias: str) -> Move:
    """Point the alias at the version that it pointed at before, of those that still exist.

    Rolling back twice goes back twice: what was rolled back is not gone to again. A version that
    was promoted twice stands twice in the way back. An alias that was removed comes back to the
    last version it pointed at.

    Raises:
        ReferenceNotFoundError: there never was such an alias.
        RegistryError: there is no earlier version that still exists.
        AliasConflictError: somebody else moved the alias meanwhile.
    """
    check_alias(alias)
    holder = registry.aliases().get(alias)
    moves = registry.history(alias)
    if not moves:
        known = ", ".join(registry.aliases()) or "none yet"
        raise ReferenceNotFoundError(f"There is no alias {alias!r}. Known aliases: {known}.")
    existing = set(registry.versions())
    earlier = [version for version in _trail(moves) if version != holder and version in existing]
    if not earlier:
        raise RegistryError(
            f"{alias!r} cannot be rolled back: it points at {holder or 'nothing'}, and its history "
            "has no earlier version that still exists. `voxpop registry list` shows the versions "
            f"that do; `voxpop registry promote VERSION --alias {alias}` moves it to one of them."
        )
    if isinstance(registry, RecordsRollbacks):
        registry.move_back(alias, earlier[-1], expected=holder)
    else:
        registry.move_alias(alias, earlier[-1], expected=holder)
    now = datetime.datetime.now(datetime.UTC)
    return Move(version=earlier[-1], previous=holder, at=now, is_rollback=True)


def _trail(moves: Sequence[Move]) -> list[str]:
    """Give the versions that lead to the present one, oldest first, without ways gone back."""
    first = moves[0].previous  # set when older moves are no longer kept
    trail = [] if first is None else [first]
    for move in moves:
        if move.version is None:
            continue
        if move.version in trail and move.is_rollback is not False:
            del trail[len(trail) - trail[::-1].index(move.version) :]
        else:
            trail.append(move.version)
    return trail
