"""What the steps of workflows call besides `make`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.checkout import copy_checkout
from tests.terraform.stage import clean_environment


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_checkout(tmp_path / "checkout")


def run(checkout: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=checkout,
        env=clean_environment() | variables,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_all_that_is_not_set_is_named_at_once(checkout: Path) -> None:
    names = ("PLATFORM", "STATE_BUCKET", "IMAGE_PREFIX")
    told = run(checkout, "scripts/need_variables.sh", *names, PLATFORM="ecs", STATE_BUCKET="")
    assert told.returncode == 2
    assert told.stderr.rstrip().endswith("as docs/aws.md has them: STATE_BUCKET IMAGE_PREFIX")
    assert run(checkout, "scripts/need_variables.sh", "PLATFORM", PLATFORM="ecs").returncode == 0


def test_variables_of_terraform_are_written_where_it_finds_them(checkout: Path) -> None:
    written = checkout / "terraform/infra/infra.auto.tfvars.json"
    assert run(checkout, "scripts/told_variables.sh", "infra", "").returncode == 0
    assert not written.exists()
    for wrong in ("keep_images = 7", "[7]"):
        refused = run(checkout, "scripts/told_variables.sh", "infra", wrong)
        assert refused.returncode == 2
        assert "terraform/infra have to be one JSON object" in refused.stderr
    assert not written.exists()
    assert run(checkout, "scripts/told_variables.sh", "infra", '{"a": "$b"}').returncode == 0
    assert json.loads(written.read_text(encoding="utf-8")) == {"a": "$b"}


def test_a_plan_above_what_a_summary_holds_is_cut(checkout: Path) -> None:
    plan = checkout / "plan.txt"
    plan.write_text("  + one\n", encoding="utf-8")
    assert run(checkout, "scripts/plan_summary.sh", "plan.txt").stdout.count("```") == 2
    plan.write_text("  + one\n" * 200_000, encoding="utf-8")
    told = run(checkout, "scripts/plan_summary.sh", "plan.txt").stdout
    assert len(told) < 1_000_000
    assert told.endswith("the log of this step has the whole plan.\n")
