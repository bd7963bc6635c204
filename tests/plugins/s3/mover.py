"""A process that moves an alias in a registry in S3, against all others who do."""

from __future__ import annotations

import sys

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
            continue
        sys.stdout.write(f"{holder or 'nothing'} {to}\n")
        left -= 1


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
