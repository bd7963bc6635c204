"""The tree of errors is as its module draws it, and every code is one error's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import voxpop
from voxpop import errors
from voxpop.errors import VoxpopError

_DRAWN = re.compile(
    r"^    (?P<lines>[│├└─ ]*)(?P<name>\w+Error) +(?P<code>[a-z-]+)  +(?P<told>.+)$"
)


def tree(error: type[VoxpopError], depth: int = 0) -> Iterator[tuple[int, str, str]]:
    """Give depth, name and code of an error and all below it, in the order of the module."""
    yield depth, error.__name__, error.code
    for below in error.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from tree(below, depth + 1)


def drawn() -> list[tuple[int, str, str]]:
    lines = [_DRAWN.match(line) for line in (errors.__doc__ or "").splitlines()]
    return [(len(found["lines"]) // 4, found["name"], found["code"]) for found in lines if found]


def test_the_tree_is_as_drawn() -> None:
    assert drawn() == list(tree(VoxpopError))


def test_each_code_is_one_errors_own() -> None:
    codes = [code for _, _, code in tree(VoxpopError)]
    assert len(set(codes)) == len(codes)
    assert all("code" in vars(getattr(errors, name)) for _, name, _ in tree(VoxpopError))


def test_all_errors_are_public_and_told() -> None:
    names = sorted(name for _, name, _ in tree(VoxpopError))
    assert errors.__all__ == names
    assert set(names) <= set(voxpop.__all__)
    assert all(getattr(errors, name).__doc__ for name in names)
