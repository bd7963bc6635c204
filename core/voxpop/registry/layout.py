"""Where a registry keeps what, and how versions and aliases are spelt.

versions/<version>/<file>              the bundle, as it lies on a disk
versions/<version>/manifest.json       written last: the version exists when this does
aliases/<alias>.json                   where the alias points, and its newest moves
history/<alias>/<number>.json          its older moves, a segment each
claims/<version>/<kind>-<id>.json      who is at work on the version now
"""

from __future__ import annotations

import re

from voxpop.bundle.manifest import MANIFEST_NAME
from voxpop.errors import UsageError

VERSION = re.compile(r"v-[0-9a-f]{16}")
VERSION_PREFIX = re.compile(r"v-[0-9a-f]{4,16}")
VERSIONS = "versions/"
ALIASES = "aliases/"
HISTORY = "history/"
CLAIMS = "claims/"

_ALIAS = re.compile(r"(?!v-)[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_MAX_ALIAS_LENGTH = 64


def version_files(version: str) -> str:
    """Give what the keys of a version's files begin with."""
    return f"{VERSIONS}{version}/"


def manifest_key(version: str) -> str:
    """Give the key of a version's manifest."""
    return f"{version_files(version)}{MANIFEST_NAME}"


def alias_key(alias: str) -> str:
    """Give the key of an alias."""
    return f"{ALIASES}{alias}.json"


def segment_key(alias: str, number: int) -> str:
    """Give the key of a segment of an alias's history; the oldest is number 0."""
    return f"{HISTORY}{alias}/{number:08}.json"


def is_alias(name: str) -> bool:
    """Tell whether an alias may be called so."""
    return _ALIAS.fullmatch(name) is not None and len(name) <= _MAX_ALIAS_LENGTH


def check_alias(name: str) -> None:
    """Refuse a name that no alias may have.

    Raises:
        UsageError: the name is not in kebab-case, too long, or might be taken for a version.
    """
    if not is_alias(name):
        raise UsageError(
            f"An alias cannot be called {name!r}. Use words of lower-case letters and digits "
            f"joined by '-', a letter first, at most {_MAX_ALIAS_LENGTH} characters, and not "
            "beginning with 'v-' (versions do): for example 'champion' or 'candidate-2'."
        )
