"""References: how a person names a version."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from voxpop.errors import ReferenceNotFoundError, RegistryError
from voxpop.registry.layout import VERSION_PREFIX

_SHOWN = 10


def resolve_prefix(beginning: str, versions: Iterable[str]) -> str | None:
    """Give the one version that begins so (at least "v-" and 4 hex digits), or None.

    Raises:
        RegistryError: several versions begin so.
    """
    if not VERSION_PREFIX.fullmatch(beginning):
        return None
    matches = [version for version in versions if version.startswith(beginning)]
    if len(matches) > 1:
        raise RegistryError(
            f"{beginning!r} may be any of {_listed(matches)}. Give more digits of the one you mean."
        )
    return matches[0] if matches else None


def unknown_reference(
    reference: str, aliases: Iterable[str], versions: Iterable[str], location: str
) -> ReferenceNotFoundError:
    """Give the fault of a reference that names nothing, with the nearest names and what exists."""
    those_aliases, those_versions = sorted(aliases), sorted(versions)
    near = difflib.get_close_matches(reference, [*those_aliases, *those_versions], n=3)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    if not those_versions:
        there = "It holds no version yet: train one with `voxpop train`."
    else:
        there = f"Aliases: {_listed(those_aliases) or 'none'}. Versions: {_listed(those_versions)}."
    return ReferenceNotFoundError(
        f"{location} has no version or alias called {reference!r}.{hint} {there}"
    )


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
