"""The steps of infrastructure.yaml, run here against moto: what was planned is what is applied."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.checkout import copy_checkout
from tests.moto_server import moto_server
from tests.terraform.account import NO_LIFECYCLE
from tests.terraform.stage import clean_environment
from tests.workflow_steps import Runner

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
STATE = "voxpop-state-test"  # the stage makes its own bucket, so its state is in another here


@pytest.fixture
def moto(tmp_path: Path) -> Iterator[str]:
    with moto_server(tmp_path / "moto.log") as url:
        yield url


@pytest.fixture
def runner(moto: str, tmp_path: Path) -> Runner:
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    boto3.client("s3", "eu-west-1", endpoint_url=moto).create_bucket(
        Bucket=STATE, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    checkout = copy_checkout(tmp_path / "checkout")
    (checkout / "terraform/modules/bucket/lifecycle_override.tf").write_text(NO_LIFECYCLE)
    return Runner(
        "infrastructure.yaml",
        checkout=checkout,
        contexts={
            "vars.AWS_REGION": "eu-west-1",
            "vars.STATE_BUCKET": STATE,
            "vars.PLATFORM": "ecs",
            "vars.DATA_BUCKET": "voxpop-data",
            "vars.AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/admin",
            "vars.INFRA_VARIABLES": '{"keep_images": 7}',
            "github.repository": "shop/reviews",
            "github.repository_owner_id": "1",
            "github.repository_id": "2",
        },
        environment=clean_environment()
        | {
            "AWS_ENDPOINT_URL": moto,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        },
        scratch=tmp_path,
    )


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


def test_what_is_shown_is_applied_and_nothing_else(runner: Runner, moto: str) -> None:
    # The workflow calls the state's bucket by its name and would make it: another one is made here.
    made = {"TF_VAR_state_bucket": "voxpop-state"}
    runner.replaced = made
    status, said = runner.run("plan")
    assert status == 0, said
    assert "Plan: " in runner.summary
    assert re.search(r"countNumber += 7\b", runner.summary), "INFRA_VARIABLES is not heard"
    assert boto3.client("s3", "eu-west-1", endpoint_url=moto).list_buckets()["Buckets"][1:] == []

    # Meanwhile somebody changes what would be made: that was not seen by who approves.
    runner.replaced = made | {"TF_VAR_create_git_user": "true"}
    status, said = runner.run("apply")
    assert status != 0
    assert "this is another plan than the one that was seen" in said
    assert "Nobody holds the lock of terraform/infra." in said

    runner.replaced = made
    status, said = runner.run("apply")
    assert status == 0, said
    assert "Apply complete!" in said
    assert boto3.client("iam", "us-east-1", endpoint_url=moto).list_users()["Users"] == []

    status, said = runner.run("plan")
    assert status == 0, said
    assert "No changes" in runner.summary
