"""What a version was made with: interpreter, machine, packages, git commit."""

from __future__ import annotations

import platform
import subprocess
from importlib import metadata

# Packages whose version can change what is learnt or answered.
_PACKAGES = (
    "datasets",
    "jax",
    "keras",
    "numpy",
    "onnx",
    "onnxruntime",
    "scikit-learn",
    "tensorflow",
    "voxpop",
)


def environment() -> dict[str, str]:
    """Give the interpreter, the platform and the versions of the packages that matter."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_commit() -> str | None:
    """Give the commit of the current directory's repository, `-dirty` when files differ from it.

    None outside a repository, without git, and when git does not answer in time.
    """
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None
