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
TRAINING = DELIVERY.with_name("training.yaml")
_KEY = ["secrets.SMOKE_KEY && 'is set' }}", "secrets.SMOKE_KEY }}"]
SECRETS = {DELIVERY.name: _KEY, TRAINING.name: _KEY}
ON_DEMAND = (DELIVERY, TRAINING, DELIVERY.with_name("infrastructure.yaml"))
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


@pytest.mark.parametrize(("workflow", "asks"), [(DELIVERY, "deploy"), (TRAINING, "smoke-test")])
def test_the_smoke_key_reaches_one_step_and_is_not_printed(workflow: Path, asks: str) -> None:
    key = "${{ secrets.SMOKE_KEY }}"
    (step,) = [step for step in steps(workflow) if key in step.get("env", {}).values()]
    assert f"make {asks}" in step["run"]
    assert "SMOKE_KEY" not in step["run"]


@pytest.mark.parametrize("workflow", [DELIVERY, TRAINING], ids=lambda one: one.name)
def test_keys_of_aws_last_as_long_as_what_needs_them(workflow: Path) -> None:
    """An hour, if nothing is said; a deployment may be followed by its rollback."""
    for job in read(workflow)["jobs"].values():
        (given,) = [
            step["with"] for step in job["steps"] if "configure-aws" in step.get("uses", "")
        ]
        seconds = given.get("role-duration-seconds", 3600)
        assert seconds >= min(job["timeout-minutes"] * 60, 7200)
        if "make train" in str(job):
            assert seconds >= job["timeout-minutes"] * 60


def test_what_changes_the_same_thing_comes_one_after_the_other() -> None:
    """A group of a whole workflow would have an approval that nobody gives hold up all its jobs."""
    groups = {}
    for workflow in ON_DEMAND:
        found = read(workflow)
        assert "concurrency" not in found
        for name, job in found["jobs"].items():
            if "concurrency" in job:
                groups[name] = job["concurrency"]
    assert {name: one["group"] for name, one in groups.items()} == {
        "deliver": "production",
        "promote": "production",
        "apply": "infrastructure",
    }
    for one in groups.values():  # none is cancelled, and none takes the place of one that waits
        assert (one["cancel-in-progress"], one["queue"]) == (False, "max")


def test_no_commit_of_main_stays_untested() -> None:
    found = read(DELIVERY.with_name("continuous_integration.yml"))["concurrency"]
    assert "github.event_name == 'pull_request' && github.ref || github.sha" in found["group"]
    assert found["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"


@pytest.mark.parametrize("workflow", ON_DEMAND, ids=lambda one: one.name)
def test_what_is_not_set_is_told_before_anything_is_built(workflow: Path) -> None:
    """And every variable that a job reads is asked for, or is optional."""
    optional = {"BASE_IMAGE", "INFRA_VARIABLES"}
    found = read(workflow)
    for job in found["jobs"].values():
        asks, *rest = [step for step in job["steps"] if "run" in step]
        assert "scripts/need_variables.sh" in asks["run"]
        place = job["steps"].index(asks)
        assert all("checkout" in step["uses"] for step in job["steps"][:place])
        assert rest
        read_here = str(job) + str(found.get("env", {}))
        asked = set(re.findall(r"\b[A-Z][A-Z_]+\b", asks["run"]))
        assert set(re.findall(r"(?:vars|secrets)\.([A-Z_]+)", read_here)) - optional <= asked


@pytest.mark.parametrize("workflow", [DELIVERY, DELIVERY.with_name("infrastructure.yaml")])
def test_who_cancels_has_terraform_end_in_order(workflow: Path) -> None:
    every = steps(workflow)
    (at,) = [
        place
        for place, step in enumerate(every)
        if re.search(r"make (deploy|terraform-apply)", step.get("run", ""))
    ]
    assert ". scripts/signals.sh" in every[at]["run"]
    assert re.search(r"in_order make (deploy|terraform-apply)$", every[at]["run"].strip())
    after = every[at + 1]
    assert "make unlock" in after["run"]
    skipped = f"steps.{every[at]['id']}.outcome != 'skipped'"
    assert after["if"] == f"(cancelled() || failure()) && {skipped}"


def test_images_are_built_before_there_are_credentials() -> None:
    told = [str(step.get("run", step.get("uses"))) for step in steps(DELIVERY)]
    (credentials,) = [place for place, one in enumerate(told) if "configure-aws" in one]
    assert told.index("make images") < credentials
