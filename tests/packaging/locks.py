"""Reads the locks and what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parents[2]


def entries(lock: str) -> list[tuple[Requirement, int]]:
    """Give the pins of a lock, each with the number of its hashes."""
    text = (CHECKOUT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    bare = re.sub(r"^\s*#.*\n", "", text, flags=re.M)
    return [
        (Requirement(pin.partition("--hash")[0]), pin.count("--hash=sha256:"))
        for pin in bare.replace("\\\n", " ").splitlines()
    ]


def pinned(lock: str, python: str) -> dict[str, str]:
    """Give what a lock installs on Linux: version by name."""
    target = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
    }
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin, _ in entries(lock)
        if pin.marker is None or pin.marker.evaluate(target)
    }


def asked(*, extras: tuple[str, ...] = (), groups: tuple[str, ...] = ()) -> Iterator[Requirement]:
    """Give what pyproject.toml asks for, without the project itself."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    optional = project["project"]["optional-dependencies"]
    lines: list[Any] = list(project["project"]["dependencies"])
    for extra in extras:
        lines += optional[extra]
    for group in groups:
        lines += project["dependency-groups"][group]
    for line in lines:
        if isinstance(line, dict):
            yield from asked(groups=(line["include-group"],))
        elif Requirement(line).name == "voxpop":
            yield from asked(extras=tuple(Requirement(line).extras))
        else:
            yield Requirement(line)


def every_extra() -> tuple[str, ...]:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    return tuple(project["project"]["optional-dependencies"])
