"""The fenced blocks of a page, with the marker that may stand above each.

A page's blocks are true because they are run, in order, in one terminal:

- ``console`` blocks are typed (``$`` begins a command, ``>`` goes on with it), and what they print
  is compared with what the page shows;
- ``python`` blocks are run, each as a program of its own;
- a comment on the line above a block changes that:
  ``<!-- file: NAME -->`` writes the block to a file instead of running it,
  ``<!-- run as: COMMAND -->`` runs another command in its place, and compares nothing,
  ``<!-- serves: URL -->`` lets the block's last command go on until the page ends or another
  block serves: what follows waits until that URL answers; a free port stands in for the URL's,
  ``<!-- not run: REASON -->`` leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

MarkerKind = Literal["file", "run as", "serves", "not run"]

_FENCE = re.compile(r"^(?P<fence>```+)(?P<language>[\w-]*)\s*$")
_MARKER = re.compile(r"^<!-- (?P<kind>[a-z ]+): (?P<value>.+) -->$")


@dataclass(frozen=True, kw_only=True)
class Marker:
    """What the comment above a block says of it."""

    kind: MarkerKind
    value: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block of a page; `line` is where its fence opens, counted from 1."""

    page: Path
    line: int
    language: str
    text: str
    marker: Marker | None


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A command of a console block and the output that the page shows for it."""

    command: str
    shown: str


def blocks(page: Path) -> Iterator[Block]:
    """Give a page's fenced blocks in order. An open fence or an unknown marker is refused."""
    lines = page.read_text(encoding="utf-8").splitlines()
    numbered = iter(enumerate(lines))
    for at, line in numbered:
        opening = _FENCE.match(line)
        if opening is None:
            continue
        body: list[str] = []
        for _, inner in numbered:
            if inner.strip() == opening["fence"]:
                break
            body.append(inner)
        else:
            raise ValueError(f"{page}:{at + 1}: the block is never closed")
        yield Block(
            page=page,
            line=at + 1,
            language=opening["language"],
            text="".join(f"{inner}\n" for inner in body),
            marker=_marker(lines[at - 1] if at else "", f"{page}:{at}"),
        )


def typed(block: Block) -> Iterator[Typed]:
    """Give the commands of a console block, each with the output shown below it."""
    command: list[str] = []
    shown: list[str] = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if line.startswith("$ "):
            if command:
                yield Typed(command="\n".join(command), shown="\n".join(shown))
            command, shown = [line[2:]], []
        elif line.startswith("> ") and command and not shown:
            command.append(line[2:])
        elif command:
            shown.append(line)
        else:
            raise ValueError(f"{block.page}:{number}: a console block begins with `$ COMMAND`")
    if command:
        yield Typed(command="\n".join(command), shown="\n".join(shown))


def _marker(line: str, where: str) -> Marker | None:
    found = _MARKER.match(line.strip())
    if found is None:
        return None
    if found["kind"] not in get_args(MarkerKind):
        raise ValueError(f"{where}: no marker is called {found['kind']!r}: {get_args(MarkerKind)}")
    return Marker(kind=cast(MarkerKind, found["kind"]), value=found["value"])
