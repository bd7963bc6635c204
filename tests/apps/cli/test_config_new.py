"""`voxpop config new`: what it writes is a run config, whatever the data source."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from voxpop import DataSourcePart, Plugins, RunConfig, options_of
from voxpop_apps.cli.starter_config import CHANGE_ME, starter_config

Voxpop = Callable[..., subprocess.CompletedProcess[str]]

OURS = ["feedback", "files", "huggingface", "jsonl", "keras", "local", "movie-reviews", "s3"]
SOURCES = [part.name for part in Plugins.load(only=OURS).all(DataSourcePart)]


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    return Plugins.load(only=OURS)


@pytest.mark.parametrize("source", SOURCES)
def test_it_is_a_run_config(plugins: Plugins, source: str, tmp_path: Path) -> None:
    text = starter_config(plugins, source, "run.toml")
    file = tmp_path / "run.toml"
    file.write_text(text, encoding="utf-8")
    run = RunConfig.load(file, plugins=plugins)
    assert (run.data.part.name, run.model.part.name) == (source, "bilstm")
    assert not [line for line in text.splitlines() if len(line) > 100 and " = " not in line]


@pytest.mark.parametrize("source", SOURCES)
def test_what_it_shows_are_the_defaults(plugins: Plugins, source: str) -> None:
    text, _, _ = starter_config(plugins, source, "run.toml").partition("# What hears")
    shown = re.sub(r"^#(?=(?!name)[a-z_]+ = (?!\.\.\.))", "", text, flags=re.M)
    assert RunConfig.of(tomllib.loads(shown), plugins=plugins).to_toml() == (
        RunConfig.of(tomllib.loads(text), plugins=plugins).to_toml()
    )
    for option in options_of(plugins.get(DataSourcePart, source)):
        assert re.search(rf"^#?{option.name} = ", text, flags=re.M)


def test_the_listener_that_it_shows_is_one(plugins: Plugins) -> None:
    text, mark, listeners = starter_config(plugins, "files", "run.toml").partition("#[[")
    shown = text + (mark + listeners).replace("#", "")
    run = RunConfig.of(tomllib.loads(shown), plugins=plugins)
    assert [chosen.part.name for chosen in run.listeners] == ["jsonl"]


def test_it_is_written_and_checked(voxpop: Voxpop, tmp_path: Path) -> None:
    done = voxpop("config", "new")
    assert (done.returncode, done.stdout) == (0, "run.toml\n")
    assert f"change what says {CHANGE_ME}" in done.stderr
    assert voxpop("config", "check", "run.toml").returncode == 0
    assert 'name = "files"' in (tmp_path / "run.toml").read_text()


def test_another_source_can_be_named(voxpop: Voxpop, tmp_path: Path) -> None:
    done = voxpop("config", "new", "mine.toml", "--data", "sample-reviews")
    assert done.returncode == 0, done.stderr
    assert CHANGE_ME not in done.stderr
    assert "#count = 60" in (tmp_path / "mine.toml").read_text()
    wrong = voxpop("config", "new", "other.toml", "--data", "sample-review")
    assert wrong.returncode == 4
    assert "Did you mean 'sample-reviews'?" in wrong.stderr
    assert not (tmp_path / "other.toml").exists()


def test_nothing_is_written_over(voxpop: Voxpop, run_config: Path) -> None:
    before = run_config.read_text()
    done = voxpop("config", "new", run_config)
    assert done.returncode == 2
    assert f"{run_config} is there already" in done.stderr
    assert run_config.read_text() == before


def test_a_folder_that_is_not_there_is_told(voxpop: Voxpop) -> None:
    done = voxpop("config", "new", "absent/run.toml")
    assert done.returncode == 9
    assert "cannot be written" in done.stderr
