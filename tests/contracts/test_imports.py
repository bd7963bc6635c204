"""What the core and the plugins import when nothing was asked of them yet."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

HEAVY = (
    "boto3",
    "datasets",
    "fastapi",
    "gradio",
    "jax",
    "keras",
    "matplotlib",
    "onnx",
    "onnxruntime",
    "pandas",
    "pyarrow",
    "pytest",
    "scipy",
    "sklearn",
    "tensorflow",
    "torch",
)

OURS = [
    entry.name
    for entry in entry_points(group="voxpop")
    if entry.dist is not None and entry.dist.name == "voxpop"
]


def imported_by(program: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules)"],
        env={**os.environ, "VOXPOP_PLUGINS": ",".join(OURS)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "program",
    [
        "import voxpop",
        "import voxpop; assert voxpop.Plugins.load().broken == ()",
        "import voxpop; voxpop.run_config_schema(voxpop.Plugins.load())",
        "import voxpop_apps.cli.main",
    ],
)
def test_nothing_heavy_is_imported(program: str) -> None:
    imported = imported_by(program)
    assert "voxpop" in imported or "voxpop_apps" in imported
    assert imported & set(HEAVY) == set()


def test_help_imports_not_even_the_core() -> None:
    assert "voxpop" not in imported_by("import voxpop_apps.cli.main")
