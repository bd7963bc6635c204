"""Both stages: form, meaning, and their own tests (mock provider; real one with dummy keys)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terraform.stage import copy_stage


@pytest.mark.parametrize("name", ["infra", "app"])  # six runs each
def test_a_stage_is_formatted_valid_and_passes_its_tests(tmp_path: Path, name: str) -> None:
    stage = copy_stage(name, tmp_path)
    stage.run("fmt", "-check", "-recursive", "-diff", "..")
    stage.run("init", "-backend=false", "-lockfile=readonly", "-no-color")
    assert "valid" in stage.run("validate", "-no-color")
    said = stage.run("test", "-no-color")
    assert "Success! 6 passed, 0 failed." in said
