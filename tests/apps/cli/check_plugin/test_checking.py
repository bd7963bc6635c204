"""What `voxpop plugins check` finds in a plugin with faults of every sort."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PLUGIN = """
from collections.abc import Callable
from pydantic import Field
from voxpop import (
    DataSourcePart, ListenerPart, ModelPart, PartConfig, StorePart, TokenizerPart, hookimpl
)
from voxpop.testing import WORDS, WordWeights, fit_word_weights, load_word_weights

class Fine(PartConfig):
    pass

class Undescribed(PartConfig):
    epochs: int = 3
    least: int = Field(default=0, ge=1, description="Its default is below its bound.")

class Unlistable(PartConfig):
    call: Callable[[], int] = Field(default=int, description="No JSON schema has this type.")

class Required(PartConfig):
    file: str = Field(description="Must be given.")

def fit_loud(config, task):
    raise RuntimeError("no fit today")

def open_deaf(config):
    def hear(event):
        raise ValueError("what is that?")
    return hear

@hookimpl
def voxpop_data_sources():
    yield DataSourcePart(name="undescribed", summary="-", config=Undescribed, load=print)

@hookimpl
def voxpop_tokenizers():
    yield TokenizerPart(
        name="fine", summary="-", config=WORDS.config, fit=WORDS.fit, load=WORDS.load
    )

@hookimpl
def voxpop_models():
    yield ModelPart(name="unfit", summary="-", config=Fine, fit=fit_loud, load=load_word_weights)

@hookimpl
def voxpop_stores():
    yield StorePart(name="unlistable", summary="-", config=Unlistable, open=print)

@hookimpl
def voxpop_listeners():
    yield ListenerPart(name="deaf", summary="-", config=Fine, open=open_deaf)
    yield ListenerPart(name="asks", summary="-", config=Required, open=open_deaf)
"""


def check(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "voxpop_apps.cli", "plugins", "check", *arguments],
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site")
    (site / "faulty.py").write_text(PLUGIN)
    (site / "misspelt.py").write_text("import voxpop\n@voxpop.hookimpl\ndef voxpop_model(): pass\n")
    info = site / "faulty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[voxpop]\nfaulty = faulty\nmisspelt = misspelt\n")
    return site


@pytest.fixture(scope="module")
def checked(site: Path) -> tuple[dict[tuple[str, str], Any], str]:
    """What was told of the faulty plugin: each part, and what stderr says."""
    done = check(site, "faulty", "--json")
    assert done.returncode == 4, done.stderr
    told = json.loads(done.stdout)
    assert told["broken"] == []
    return {(part["kind"], part["name"]): part for part in told["parts"]}, done.stderr


def test_options_are_checked(checked: tuple[dict[tuple[str, str], Any], str]) -> None:
    parts, said = checked
    assert parts["data source", "undescribed"]["faults"] == [
        "the option 'epochs' has no description: Field(description=...) gives one",
        "it refuses its own default (least): Input should be greater than or equal to 1",
    ]
    (fault,) = parts["store", "unlistable"]["faults"]
    assert fault.startswith("its options cannot be listed: PydanticInvalidForJsonSchema: ")
    assert "fault: store unlistable: its options cannot be listed" in said


def test_the_kit_is_run(checked: tuple[dict[tuple[str, str], Any], str]) -> None:
    parts, said = checked
    assert parts["tokenizer", "fine"]["kit"].endswith(" passed")
    assert not [fault for fault in parts["tokenizer", "fine"]["faults"] if "option" not in fault]
    (unfit,) = parts["model", "unfit"]["faults"]
    assert "no fit today" in unfit
    assert unfit.endswith(" more)")
    assert " failed" in parts["model", "unfit"]["kit"]
    first, *_ = deaf = parts["listener", "deaf"]["faults"]
    assert "raises ValueError('what is that?') at RunStarted(" in first
    assert len(deaf) <= 3  # the tests of listeners that hear events, not their cases
    assert "Traceback" not in said


def test_what_the_kit_cannot_test_says_why(
    checked: tuple[dict[tuple[str, str], Any], str],
) -> None:
    parts, _ = checked
    assert parts["data source", "undescribed"]["kit"] == "not run: it needs reviews"
    assert parts["store", "unlistable"]["kit"] == "not run: it needs an empty place"
    assert parts["listener", "asks"]["kit"] == "not run: options are required (file)"
    assert parts["listener", "asks"]["faults"] == []


def test_a_plugin_that_does_not_load_is_told(site: Path) -> None:
    done = check(site, "misspelt")
    assert done.returncode == 4
    assert "broken: misspelt (faulty 1.0): there is no hook 'voxpop_model'" in done.stderr


def test_a_plugin_that_is_not_there_is_told(site: Path) -> None:
    done = check(site, "fualty")
    assert done.returncode == 4
    assert "Did you mean 'faulty'?" in done.stderr


def test_the_kit_can_be_left_out(site: Path) -> None:
    done = check(site, "faulty", "--no-kit")
    assert done.returncode == 4  # for the options
    assert "what is that?" not in done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert ["listener", "deaf", "faulty", "0", "not run: --no-kit"] in rows
