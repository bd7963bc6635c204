"""The `jsonl` listener: the kit, what its lines hold, and what a kill leaves."""

from __future__ import annotations

import datetime
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voxpop import (
    EpochEnded,
    Listener,
    Notice,
    Progress,
    RunStarted,
    StoreError,
    VersionPublished,
    train,
)
from voxpop.parts import ListenerPart
from voxpop.plugins import Plugins
from voxpop.testing import SAMPLE_EVENTS, ListenerConformance, sample_parts
from voxpop_plugins.jsonl.config import JsonlConfig
from voxpop_plugins.jsonl.plugin import open_listener, voxpop_listeners


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


class TestJsonl(ListenerConformance):
    @pytest.fixture
    def listener(self, tmp_path: Path) -> Listener:
        return open_listener(JsonlConfig(file=tmp_path / "events.jsonl"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "events.jsonl"


def test_every_event_is_a_line(file: Path) -> None:
    listen = open_listener(JsonlConfig(file=file))
    for event in SAMPLE_EVENTS:
        listen(event)
    written = lines(file)
    assert [line["event"] for line in written] == [type(event).__name__ for event in SAMPLE_EVENTS]
    assert len({line["run"] for line in written}) == 1
    at = [datetime.datetime.fromisoformat(line["at"]) for line in written]
    assert at == sorted(at)
    assert all(moment.utcoffset() == datetime.timedelta() for moment in at)


def test_a_whole_run_is_told_with_its_config_and_version(file: Path) -> None:
    (jsonl,) = voxpop_listeners()
    parts = [part for part in sample_parts() if not isinstance(part, ListenerPart)]
    trained = train(
        {
            "data": {"name": "sample-reviews"},
            "tokenizer": {"name": "words"},
            "model": {"name": "word-weights", "epochs": 3},
            "registry": {"name": "memory"},
            "listeners": [{"name": "jsonl", "file": str(file)}],
        },
        plugins=Plugins.of(*parts, jsonl),
    )
    started, *_ = written = lines(file)
    assert started["event"] == "RunStarted"
    assert started["run_config"] == trained.manifest.run_config
    assert [line["epoch"] for line in written if line["event"] == "EpochEnded"] == [1, 2, 3]
    (evaluated,) = [line for line in written if line["event"] == "Evaluated"]
    assert evaluated["metrics"] == trained.manifest.metrics
    assert written[-1] == written[-1] | {"event": "VersionPublished", "version": trained.version}


def test_progress_can_be_left_out(file: Path) -> None:
    listen = open_listener(JsonlConfig(file=file, progress=False))
    listen(Progress(stage="training", done=1, total=2))
    listen(Notice(message="seen"))
    assert [line["event"] for line in lines(file)] == ["Notice"]


def test_what_json_cannot_hold_is_null(file: Path) -> None:
    metrics = {"loss": float("nan"), "val_loss": float("inf"), "lr": np.float32(0.5)}
    open_listener(JsonlConfig(file=file))(
        EpochEnded(epoch=1, epochs=1, metrics=metrics, duration_s=0.5)  # type: ignore[arg-type]
    )
    (line,) = lines(file)
    assert line["metrics"] == {"loss": None, "val_loss": None, "lr": 0.5}


def test_any_text_is_written(file: Path) -> None:
    open_listener(JsonlConfig(file=file))(Notice(message="a\nb \ud83d \u2028 \u00e9"))
    (line,) = lines(file)
    assert line["message"] == "a\nb \ud83d \u2028 \u00e9"


def test_runs_share_a_file(file: Path) -> None:
    for version in ("v-1", "v-2"):
        open_listener(JsonlConfig(file=file))(VersionPublished(version=version))
    written = lines(file)
    assert [line["version"] for line in written] == ["v-1", "v-2"]
    assert written[0]["run"] != written[1]["run"]


def test_a_kill_loses_nothing_that_was_told(file: Path) -> None:
    program = """
import os, signal, sys
from pathlib import Path
from voxpop import RunStarted, Notice
from voxpop_plugins.jsonl.config import JsonlConfig
from voxpop_plugins.jsonl.plugin import open_listener
listen = open_listener(JsonlConfig(file=Path(sys.argv[1])))
listen(RunStarted(run_config={"seed": 1}))
listen(Notice(message="last words"))
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program, str(file)], check=False, timeout=100)
    assert done.returncode == -signal.SIGKILL
    assert [line["event"] for line in lines(file)] == ["RunStarted", "Notice"]


def test_half_a_line_of_before_is_ended_first(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b'{"at": "2026-')
    open_listener(JsonlConfig(file=file))(RunStarted(run_config={}))
    half, whole = file.read_bytes().splitlines()
    assert half == b'{"at": "2026-'
    assert json.loads(whole)["event"] == "RunStarted"


def test_a_file_that_was_moved_away_is_begun_anew(file: Path) -> None:
    listen = open_listener(JsonlConfig(file=file))
    listen(Notice(message="first"))
    file.rename(file.with_name("old.jsonl"))
    listen(Notice(message="second"))
    assert [line["message"] for line in lines(file)] == ["second"]


def test_a_file_that_cannot_be_written_is_told_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        open_listener(JsonlConfig(file=tmp_path))
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        open_listener(JsonlConfig(file=tmp_path / "file" / "events.jsonl"))
    if os.getuid():
        (tmp_path / "file").chmod(0o400)
        with pytest.raises(StoreError, match="cannot be written"):
            open_listener(JsonlConfig(file=tmp_path / "file"))
