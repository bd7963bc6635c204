"""A process that moves an alias in a registry in S3 against all others who do, or watches them."""

from __future__ import annotations

import random
import sys
import time
from itertools import pairwise

from voxpop import AliasConflictError, Plugins, Settings, open_registry


def main(alias: str, moves: int, *versions: str) -> None:
    """Move the alias so many times and print each move that was made."""
    registry = open_registry(Plugins.load(), Settings())
    left = moves
    while left:
        holder = registry.aliases().get(alias)
        to = next(version for version in versions if version != holder)
        try:
            registry.move_alias(alias, to, expected=holder)
        except AliasConflictError:
            time.sleep(random.uniform(0, 0.2))  # who loses makes room, as any client should
            continue
        sys.stdout.write(f"{holder or 'nothing'} {to}\n")
        left -= 1


def watch(alias: str, *versions: str) -> None:
    """Read the alias, as a server that follows it does, until it is removed."""
    registry = open_registry(Plugins.load(), Settings())
    reads = 0
    while (holder := registry.aliases().get(alias)) is not None:
        if holder not in versions or registry.manifest(holder).labels != ("negative", "positive"):
            raise SystemExit(f"read {holder}")
        reads += 1
        time.sleep(0.25)
    moves = registry.history(alias)
    if any(after.previous != before.version for before, after in pairwise(moves)):
        raise SystemExit("read a history with a gap")
    sys.stdout.write(f"{reads}\n")


if __name__ == "__main__":
    if sys.argv[1] == "watch":
        watch(*sys.argv[2:])
    else:
        main(sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
