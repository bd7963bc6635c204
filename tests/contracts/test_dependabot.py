"""Dependabot looks wherever something is pinned that `make lock` does not renew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).parents[2]


def watched() -> dict[str, list[str]]:
    """Give the folders that are looked at, by the kind of what is looked for."""
    text = (CHECKOUT / ".github/dependabot.yml").read_text(encoding="utf-8")
    updates: list[dict[str, Any]] = yaml.safe_load(text)["updates"]
    for update in updates:
        assert update["schedule"] == {"interval": "weekly"}
        (group,) = update["groups"].values()
        assert group == {"patterns": ["*"]}
    return {
        one["package-ecosystem"]: one.get("directories", [one.get("directory")]) for one in updates
    }


def test_every_place_is_looked_at() -> None:
    found = watched()
    root = ["/"]
    assert found["github-actions"] == found["docker"] == found["docker-compose"] == root
    folders = {
        "/" + file.parent.relative_to(CHECKOUT).as_posix()
        for file in CHECKOUT.glob("terraform/**/*.tf")
        if "required_providers" in file.read_text(encoding="utf-8")
    }
    assert folders
    globs = [pattern.removeprefix("/") for pattern in found["terraform"]]
    looked_at = {
        "/" + folder.relative_to(CHECKOUT).as_posix()
        for pattern in globs
        for folder in CHECKOUT.glob(pattern)
    }
    assert folders <= looked_at
