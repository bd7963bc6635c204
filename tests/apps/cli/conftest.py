"""The real program in a process of its own, with small parts so that a run takes seconds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Voxpop = Callable[..., subprocess.CompletedProcess[str]]

PLUGIN = """
from voxpop import DataSourcePart, hookimpl
from voxpop.testing import sample_parts
from voxpop.parts import ModelPart, TokenizerPart

@hookimpl
def voxpop_data_sources():
    return [part for part in sample_parts() if isinstance(part, DataSourcePart)]

@hookimpl
def voxpop_tokenizers():
    return [part for part in sample_parts() if isinstance(part, TokenizerPart)]

@hookimpl
def voxpop_models():
    return [part for part in sample_parts() if isinstance(part, ModelPart)]
"""

RUN_CONFIG = """
seed = 7
[data]
name = "sample-reviews"
[tokenizer]
name = "words"
[model]
name = "word-weights"
[promotion]
minimum = 0.5
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of installed distributions: one plugin that offers the sample parts."""
    site = tmp_path_factory.mktemp("site")
    (site / "sample_plugin.py").write_text(PLUGIN)
    info = site / "sample_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sample-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[voxpop]\nsample = sample_plugin\n")
    return site


@pytest.fixture(scope="session")
def program() -> list[str]:
    """The words that start `voxpop` in this interpreter."""
    return [sys.executable, "-m", "voxpop_apps.cli"]


@pytest.fixture(scope="session")
def trained_home(
    program: list[str], site: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A home whose registry holds one version, the champion; trained once for all tests."""
    home = tmp_path_factory.mktemp("trained") / "home"
    config = home.with_name("run.toml")
    config.write_text(RUN_CONFIG)
    environment = os.environ | {"PYTHONPATH": str(site), "VOXPOP_HOME": str(home)}
    done = subprocess.run(
        [*program, "train", str(config)], capture_output=True, env=environment, check=True
    )
    return home, done.stdout.decode().strip()


@pytest.fixture
def trained(trained_home: tuple[Path, str], voxpop_home: Path) -> str:
    """A version, the champion of this test's own copy of the registry."""
    home, version = trained_home
    shutil.copytree(home, voxpop_home)
    return version


@pytest.fixture
def environment(site: Path, voxpop_home: Path) -> dict[str, str]:
    """The environment of the program: a home of its own, and the sample plugin installed."""
    return os.environ | {"PYTHONPATH": str(site), "VOXPOP_HOME": str(voxpop_home), "COLUMNS": "100"}


@pytest.fixture
def voxpop(program: list[str], environment: dict[str, str], tmp_path: Path) -> Voxpop:
    """Run `voxpop ARGUMENTS` in an empty directory and give what it did."""

    def run(
        *arguments: str | Path,
        stdin: str | bytes = "",
        before: tuple[str, ...] = (),
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*before, *program, *map(str, arguments)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env=environment | variables,
            cwd=tmp_path,
            timeout=120,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return run


@pytest.fixture
def run_config(tmp_path: Path) -> Path:
    """A run config that trains in a second."""
    file = tmp_path / "run.toml"
    file.write_text(RUN_CONFIG)
    return file


@pytest.fixture
def broken_site(tmp_path: Path) -> str:
    """A directory of installed distributions: one plugin that cannot be imported."""
    site = tmp_path / "broken-site"
    info = site / "voxpop_broken-2.0.dist-info"
    info.mkdir(parents=True)
    (site / "voxpop_broken.py").write_text("raise ImportError('no wheels')")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: voxpop-broken\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text("[voxpop]\nwheels = voxpop_broken\n")
    return str(site)


@pytest.fixture
def broken_plugin(broken_site: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a broken plugin that is installed in this process, while the test runs."""
    monkeypatch.syspath_prepend(broken_site)
    return "wheels"
