"""What `make` and the scripts need of a checkout, where they may leave things behind."""

from __future__ import annotations

import shutil
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]

_FILES = ("Makefile", "pyproject.toml", ".python-version")
_FOLDERS = ("configs", "requirements", "scripts", "terraform")


def copy_checkout(into: Path) -> Path:
    """Copy it there, without what belongs to a deployment of one's own."""
    into.mkdir()
    for name in _FILES:
        shutil.copy(CHECKOUT / name, into / name)
    ignored = shutil.ignore_patterns(".terraform", "*.tfvars", "*.tfvars.json", "*_override.tf")
    for name in _FOLDERS:
        shutil.copytree(CHECKOUT / name, into / name, ignore=ignored)
    return into
