"""The workflows: pinned, with few rights, and made of what runs on a laptop too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).parents[2]
WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").iterdir())
DELIVERY = CHECKOUT / ".github" / "workflows" / "continuous_delivery.yaml"
SECRETS = {DELIVERY.name: ["secrets.SMOKE_KEY }}"]}
TARGETS = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), flags=re.M))


def read(workflow: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    return found


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in read(workflow)["jobs"].values() for step in job["steps"]]


def test_there_are_workflows() -> None:
    assert {one.name for one in WORKFLOWS} == {
        "continuous_delivery.yaml",
        "continuous_integration.yml",
        "infrastructure.yaml",
        "training.yaml",
    }


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda one: one.name)
def test_every_action_is_pinned_by_its_commit(workflow: Path) -> None:
    used = re.findall(r"uses: (\S+)(.*)", workflow.read_text(encoding="utf-8"))
    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), f"{action} says no version"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda one: one.name)
def test_rights_are_given_job_by_job(workflow: Path) -> None:
    found = read(workflow)
    assert found["permissions"] == {}
    assert "concurrency" in found
    for job in found["jobs"].values():
        assert set(job["permissions"]) <= {"contents", "id-token"}
        assert job["permissions"]["contents"] == "read"
        assert job["timeout-minutes"] <= 350
        if "id-token" in job["permissions"]:
            assert "environment" in job, "whoever takes the AWS role is bound to an environment"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda one: one.name)
def test_what_is_made_can_be_made(workflow: Path) -> None:
    made = [
        target
        for step in steps(workflow)
        for target in re.findall(r"\bmake ([a-z-]+)", step.get("run", ""))
    ]
    assert made
    assert set(made) <= TARGETS


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda one: one.name)
def test_no_secret_reaches_a_shell(workflow: Path) -> None:
    for step in steps(workflow):
        assert "${{" not in step.get("run", ""), "values reach a shell by its environment"
    given = re.findall(r"secrets.*", workflow.read_text(encoding="utf-8"))
    assert given == SECRETS.get(workflow.name, [])


def test_the_smoke_key_reaches_one_step_and_is_not_printed() -> None:
    (step,) = [step for step in steps(DELIVERY) if "SMOKE_KEY" in step.get("env", {})]
    assert "make deploy" in step["run"]
    assert "SMOKE_KEY" not in step["run"]


def test_images_are_built_before_there_are_credentials() -> None:
    told = [str(step.get("run", step.get("uses"))) for step in steps(DELIVERY)]
    (credentials,) = [place for place, one in enumerate(told) if "configure-aws" in one]
    assert told.index("make images") < credentials
