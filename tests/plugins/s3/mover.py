"""A process that publishes versions and moves an alias to them against all who do, or watches."""

from __future__ import annotations

import random
import sys
import time
from itertools import pairwise
from pathlib import Path

from voxpop import AliasConflictError, Plugins, Settings, open_registry
from voxpop.testing import make_bundle

_MOVES_A_VERSION = 50
_FIRST_ROOM_S = 0.2
_LONGEST_ROOM_S = 1.6
_WATCH_S = 1.0  # ten times as often as a server does by default


def move(alias: str, moves: int, number: int, scratch: Path) -> None:
    """Move the alias so many times to versions of this process alone; print each move made.

    It publishes two versions first and another one after every 50 moves.
    """
    registry = open_registry(Plugins.load(), Settings())
    own: list[str] = []

    def publish() -> None:
        bundle = scratch / f"{number}-{len(own)}"
        make_bundle(bundle, seed=1_000 * number + len(own))
        own.append(registry.publish(bundle))

    publish()
    for made in range(moves):
        if made % _MOVES_A_VERSION == 0:
            publish()
        room_s = _FIRST_ROOM_S
        while True:
            holder = registry.aliases().get(alias)
            to = own[-2] if holder == own[-1] else own[-1]
            try:
                registry.move_alias(alias, to, expected=holder)
            except AliasConflictError:
                # Who loses makes room, as any client should: of those who write one object at once
                # all but one wait for the server in vain.
                time.sleep(random.uniform(0, room_s))
                room_s = min(2 * room_s, _LONGEST_ROOM_S)
            else:
                break
        sys.stdout.write(f"{holder} {to}\n")


def watch(alias: str) -> None:
    """Read the alias, as a server that follows it does, until it is removed."""
    registry = open_registry(Plugins.load(), Settings())
    reads = 0
    while (holder := registry.aliases().get(alias)) is not None:
        if registry.manifest(holder).labels != ("negative", "positive"):
            raise SystemExit(f"read {holder}")
        reads += 1
        time.sleep(_WATCH_S)
    moves = registry.history(alias)
    if any(after.previous != before.version for before, after in pairwise(moves)):
        raise SystemExit("read a history with a gap")
    sys.stdout.write(f"{reads}\n")


if __name__ == "__main__":
    if sys.argv[1] == "watch":
        watch(sys.argv[2])
    else:
        move(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
