"""The commands of docs/feedback.md, sent to a server; its table, read as a run config is."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import httpx
import pytest

from tests.api_client import make_api, running
from tests.docs.blocks import blocks
from voxpop_plugins.feedback.config import FeedbackConfig

PAGE = Path(__file__).parents[4] / "docs" / "feedback.md"


def block(language: str) -> str:
    (found,) = [block.text for block in blocks(PAGE) if block.language == language]
    return found


def test_the_commands_give_feedback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "memory")
    with running(make_api(tmp_path)) as address:
        answer = httpx.post(
            f"http://{address}/predict",
            json={"content": "lovely"},
            headers={"x-request-id": "5f0c8a2b9d3e4f61"},
            timeout=60,
        )
        assert answer.status_code == 200
        commands = block("text").replace("localhost:8000", address)
        assert commands.count("curl -s ") == 2
        told = subprocess.run(
            ["bash", "-c", commands.replace("curl -s ", "curl -sS -w '%{http_code} ' ")],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
    assert told.count("feedback_id") == 2
    assert told.count("}202 ") == 2


def test_the_table_chooses_the_source() -> None:
    table = tomllib.loads(block("toml"))["data"]
    assert table.pop("name") == "feedback"
    config = FeedbackConfig(**table)
    assert config.store["name"] == "s3"
    assert str(config.since) == "2026-11-01"
