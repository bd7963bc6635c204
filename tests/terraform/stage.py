"""A copy of terraform/, with one of its stages ready for commands."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MIRROR = ROOT / "scripts" / "terraform_mirror.sh"


@dataclass(frozen=True)
class Stage:
    """One stage; every command runs in its folder and returns what it printed."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, fails: bool = False) -> str:
        """Run terraform; its exit status must be 0, or another one when it is to fail."""
        done = subprocess.run(
            [str(MIRROR), "terraform", *arguments],
            cwd=self.folder,
            env={**clean_environment(), **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=280,
            check=False,
        )
        assert (done.returncode != 0) is fails, done.stdout
        return done.stdout


def clean_environment() -> dict[str, str]:
    """Give the environment without anybody's own settings of AWS or Terraform, or those of make.

    Run by make, the tests would have its flags: a make of theirs would speak as one within another.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "TF_VAR_", "TF_DATA", "TF_LOG", "MAKE", "MFLAGS"))
    }


def copy_stage(name: str, into: Path, environment: Mapping[str, str] | None = None) -> Stage:
    """Copy all of terraform/, so that nothing a command leaves behind gets into the checkout."""
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    shutil.copytree(
        ROOT / "terraform", into / "terraform", ignore=shutil.ignore_patterns(".terraform")
    )
    return Stage(into / "terraform" / name, environment or {})
