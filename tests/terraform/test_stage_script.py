"""`make terraform-plan` and `make terraform-apply`, against moto and with a state in its S3."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.moto_server import moto_server
from tests.terraform.stage import ROOT, clean_environment

STATE = "voxpop-state-test"


@pytest.fixture
def moto(tmp_path: Path) -> Iterator[str]:
    with moto_server(tmp_path / "moto.log") as url:
        yield url


@pytest.fixture
def s3(moto: str) -> Any:
    client = boto3.client(
        "s3",
        endpoint_url=moto,
        region_name="eu-west-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    # The stage makes its own bucket, so the state of these tests is in another.
    client.create_bucket(
        Bucket=STATE, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    return client


@pytest.fixture
def variables(moto: str) -> Mapping[str, str]:
    return clean_environment() | {
        "AWS_ENDPOINT_URL": moto,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "eu-west-1",
        "STATE_BUCKET": STATE,
        "TF_VAR_region": "eu-west-1",
        "TF_VAR_platform": "ecs",
        "TF_VAR_state_bucket": "voxpop-state",
        "TF_VAR_data_bucket": "voxpop-data",
        "TF_VAR_github_repository": "shop/reviews",
        "TF_VAR_github_owner_id": "1",
        "TF_VAR_github_repository_id": "2",
    }


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the script needs of the checkout, so that it leaves nothing behind there."""
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    copy = tmp_path / "checkout"
    shutil.copytree(ROOT / "scripts", copy / "scripts")
    ignored = shutil.ignore_patterns(".terraform")
    shutil.copytree(ROOT / "terraform", copy / "terraform", ignore=ignored)
    return copy


def stage(
    checkout: Path, variables: Mapping[str, str], *words: str, **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["scripts/terraform_stage.sh", *words],
        cwd=checkout,
        env={**variables, **more},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def test_a_plan_is_shown_and_another_one_is_not_applied(
    checkout: Path, variables: Mapping[str, str], s3: Any
) -> None:
    planned = stage(checkout, variables, "plan", "infra")
    assert planned.returncode == 0, planned.stderr
    assert "0 to change, 0 to destroy" in planned.stdout
    assert (checkout / "build/terraform/infra.txt").read_text() == planned.stdout
    assert "Contents" not in s3.list_objects_v2(Bucket=STATE)  # nothing is locked or kept

    seen = (checkout / "build/terraform/infra.sha256").read_text().strip()
    other = stage(
        checkout, variables, "apply", "infra", PLAN=seen, TF_VAR_data_bucket="voxpop-others"
    )
    assert other.returncode == 3
    assert "look again" in other.stderr
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [STATE]


@pytest.mark.parametrize(
    ("words", "taken", "said"),
    [
        (("plan", "everything"), "", "infra or app"),
        (("plan", "infra"), "STATE_BUCKET", "STATE_BUCKET is not set"),
    ],
)
def test_a_mistake_in_the_call_is_told(
    checkout: Path, words: tuple[str, ...], taken: str, said: str
) -> None:
    told = {"AWS_REGION": "eu-west-1", "STATE_BUCKET": STATE, "PATH": os.environ["PATH"]}
    told.pop(taken, None)
    done = stage(checkout, told, *words)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_infra_is_applied_once_and_who_comes_second_is_told(
    checkout: Path, variables: Mapping[str, str], s3: Any
) -> None:
    assert stage(checkout, variables, "plan", "infra").returncode == 0
    seen = (checkout / "build/terraform/infra.sha256").read_text().strip()
    second = checkout.with_name("second")
    shutil.copytree(checkout, second)
    with subprocess.Popen(
        ["scripts/terraform_stage.sh", "apply", "infra"],
        cwd=checkout,
        env={**variables, "PLAN": seen},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as first:
        try:
            end = time.monotonic() + 60
            key = "infra/terraform.tfstate.tflock"
            while key not in str(s3.list_objects_v2(Bucket=STATE).get("Contents")):
                assert time.monotonic() < end
                assert first.poll() is None
                time.sleep(0.1)
            refused = stage(second, variables, "apply", "infra")
            assert refused.returncode == 1
            assert "Error acquiring the state lock" in refused.stderr
            assert "Who:" in refused.stderr
            said, _ = first.communicate(timeout=300)
        except BaseException:
            first.send_signal(signal.SIGINT)
            raise
    assert first.returncode == 0, said
    assert "Apply complete!" in said

    again = stage(checkout, variables, "plan", "infra")
    assert "No changes." in again.stdout
    destroy = ("terraform", "-chdir=terraform/infra", "destroy", "-auto-approve", "-no-color")
    destroyed = subprocess.run(
        ["scripts/terraform_mirror.sh", *destroy],
        cwd=checkout,
        env=dict(variables),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    assert "Destroy complete!" in destroyed.stdout
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [STATE]
