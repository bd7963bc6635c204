from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voxpop_apps.cli.config import config_app

Voxpop = Callable[..., subprocess.CompletedProcess[str]]

FIVE_MISTAKES = """\
sed = 7
[data]
name = "sample-review"
[tokenizer]
name = "words"
max_length = "long"
[model]
name = "word-weights"
epoch = 3
[promotion]
metric = "acuracy"
"""


def test_a_good_config_is_told_on_stderr(voxpop: Voxpop, run_config: Path) -> None:
    done = voxpop("config", "check", run_config)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        f"{run_config} is fine: word-weights on sample-reviews, tokenizer words, "
        "registry that of the process settings\n"
    )


def test_five_mistakes_are_five_messages_and_no_traceback(voxpop: Voxpop, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(FIVE_MISTAKES)
    done = voxpop("config", "check", "run.toml")
    assert (done.returncode, done.stdout) == (3, "")
    first, *lines, _ = done.stderr.splitlines()
    assert first == "voxpop: run.toml has 5 problems:"
    assert [line.split(": ")[:2] for line in lines] == [
        ["  run.toml:1", "sed"],
        ["  run.toml:11", "promotion.metric"],
        ["  run.toml:3", "data.name"],
        ["  run.toml:6", "tokenizer.max_length"],
        ["  run.toml:9", "model.epoch"],
    ]
    assert "(sample-plugin 1.0)" in lines[-1]
    assert "Traceback" not in done.stderr


def test_overrides_are_checked_too(voxpop: Voxpop, run_config: Path) -> None:
    assert voxpop("config", "check", run_config, "--set", "model.epochs=5").returncode == 0
    done = voxpop("config", "check", run_config, "--set", "model.epochs=0", "--set", "seed=x")
    assert done.returncode == 3
    assert "  --set model.epochs=0: model.epochs: 0 does not fit" in done.stderr
    assert '  --set seed=x: seed: "x" does not fit' in done.stderr


def test_a_filled_config_is_a_config(voxpop: Voxpop, run_config: Path, tmp_path: Path) -> None:
    done = voxpop("config", "fill", run_config, "--set", "splits.limit=50")
    assert (done.returncode, done.stderr) == (0, "")
    filled = tomllib.loads(done.stdout)
    assert filled["seed"] == 7
    assert filled["splits"] == {"validation": 0.1, "test": 0.2, "limit": 50}
    assert {"name", "vocabulary_size", "max_length"} == set(filled["tokenizer"])
    (tmp_path / "filled.toml").write_text(done.stdout)
    assert voxpop("config", "fill", "filled.toml").stdout == done.stdout


def test_a_missing_file_is_told(voxpop: Voxpop, run_config: Path) -> None:
    done = voxpop("config", "check", "rum.toml")
    assert done.returncode == 3
    assert done.stderr == (
        "voxpop: There is no file rum.toml. TOML files there: run.toml. Did you mean 'run.toml'?\n"
    )


def test_the_schema_is_json_for_the_plugins_at_hand(voxpop: Voxpop) -> None:
    done = voxpop("config", "schema", VOXPOP_PLUGINS="sample")
    assert (done.returncode, done.stderr) == (0, "")
    schema = json.loads(done.stdout)
    assert list(schema["properties"]["model"]["discriminator"]["mapping"]) == ["word-weights"]


def test_a_schema_that_lacks_parts_says_so(
    broken_plugin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPOP_PLUGINS", broken_plugin)
    done = CliRunner().invoke(config_app, ["schema"])
    assert done.exit_code == 4
    assert json.loads(done.stdout)["properties"]["model"] == {"not": {}}
    assert done.stderr.startswith(f"broken: {broken_plugin} (voxpop-broken 2.0): ImportError: ")


@pytest.mark.parametrize("command", ["check", "fill"])
def test_a_file_is_needed(command: str) -> None:
    done = CliRunner().invoke(config_app, [command])
    assert done.exit_code == 2
    assert "FILE" in done.stderr
