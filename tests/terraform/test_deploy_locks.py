"""`make deploy` and the lock: who is refused it changes nothing, who is told to end gives it back.

moto is S3 for the state; the services are those of a stand-in of App Runner that runs nothing.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.checkout import copy_checkout
from tests.moto_server import moto_server
from tests.terraform.app_runner import Described, app_runner
from tests.terraform.stage import clean_environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

KEY = "app/terraform.tfstate.tflock"
HELD = {
    "ID": "0a1b2c3d-1111-2222-3333-444455556666",
    "Operation": "OperationTypeApply",
    "Who": "runner@elsewhere",
    "Version": "1.11.4",
    "Created": "2026-11-30T12:00:00Z",
    "Path": "state/app/terraform.tfstate",
}
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
ROLE = "arn:aws:iam::123456789012:role/AppRunner"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:voxpop"
VARIABLES = {
    "region": "eu-west-1",
    "platform": "apprunner",
    "data_bucket": "voxpop-data",
    "models_prefix": "models",
    "instance_role_arn": f"{ROLE}InstanceRole",
    "frontend_role_arn": f"{ROLE}FrontendInstanceRole",
    "ecr_access_role_arn": f"{ROLE}ECRAccessRole",
    "api_keys_secret_arn": f"{SECRET}/api-keys-AbCdEf",
    "ui_api_key_secret_arn": f"{SECRET}/ui-api-key-AbCdEf",
}
BEFORE = '{"image_api":"of-before"}\n'


@dataclass(frozen=True)
class Place:
    """Where to deploy.

    Attributes:
        checkout: from where, with images that were pushed and a note of those of before.
        environment: of the scripts.
        s3: keeps the state and its lock.
        working: set once a service is being made.
    """

    checkout: Path
    environment: Mapping[str, str]
    s3: Any
    working: threading.Event

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.checkout,
            env={**self.environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def hold(self) -> None:
        self.s3.put_object(Bucket="state", Key=KEY, Body=json.dumps(HELD).encode())

    def is_held(self) -> bool:
        kept = self.s3.list_objects_v2(Bucket="state").get("Contents", [])
        return KEY in [one["Key"] for one in kept]

    def before(self) -> str:
        return (self.checkout / "build/delivery/before.tfvars.json").read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    checkout = copy_checkout(tmp_path / "checkout")
    (checkout / "terraform/app/infra.auto.tfvars.json").write_text(json.dumps(VARIABLES))
    delivery = checkout / "build/delivery"
    delivery.mkdir(parents=True)
    pushed = {
        f"image_{one}": f"{REGISTRY}/ecr-{one}@sha256:{'1' * 64}" for one in ("api", "frontend")
    }
    (delivery / "images.tfvars.json").write_text(json.dumps(pushed))
    (delivery / "before.tfvars.json").write_text(BEFORE)
    working, ends = threading.Event(), threading.Event()

    def never_healthy(service: Described) -> str:
        working.set()
        ends.wait(120)
        return f"{service['ServiceName']}.example"

    with (
        moto_server(tmp_path / "moto.log") as moto,
        app_runner(tmp_path / "plane.log", never_healthy) as plane,
    ):
        keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        s3 = boto3.Session("testing", "testing", region_name="eu-west-1").client(
            "s3", endpoint_url=moto
        )
        s3.create_bucket(
            Bucket="state", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        told = {
            "AWS_ENDPOINT_URL": moto,
            "AWS_ENDPOINT_URL_APPRUNNER": plane,
            "AWS_REGION": "eu-west-1",
            "STATE_BUCKET": "state",
            "SMOKE_KEY": "vx_key",
            "LOCK_TIMEOUT": "0s",
        }
        try:
            yield Place(checkout, clean_environment() | keys | told, s3, working)
        finally:
            ends.set()


def test_who_finds_the_lock_held_changes_nothing_and_takes_nothing_back(place: Place) -> None:
    place.hold()
    refused = place.run("scripts/deploy.sh", "deploy")
    assert refused.returncode == 3, refused.stdout
    assert "Error acquiring the state lock" in refused.stdout
    assert "nothing was changed: there is no plan" in refused.stdout
    assert "going back" not in refused.stdout
    assert place.before() == BEFORE

    told = place.run("make", "unlock")
    assert told.returncode == 0, told.stdout
    assert "runner@elsewhere" in told.stdout
    command = told.stdout.splitlines()[-1].split()
    assert command == ["make", "unlock", "STAGE=app", f"LOCK={HELD['ID']}"]
    freed = place.run(*command)
    assert "successfully unlocked" in freed.stdout
    assert not place.is_held()
    assert "Nobody holds the lock of terraform/app." in place.run("make", "unlock").stdout


def test_a_plan_that_cannot_be_applied_takes_nothing_back(place: Place, tmp_path: Path) -> None:
    """Somebody else takes the lock between the plan and its application."""
    real, late = shutil.which("terraform"), tmp_path / "bin/terraform"
    late.parent.mkdir()
    lock = f"{place.environment['AWS_ENDPOINT_URL']}/state/{KEY}"
    late.write_text(
        f"""#!/usr/bin/env bash
if [[ "$*" == *" apply "* ]]; then
  curl -sSf -X PUT -H 'Content-Type: text/plain' -d '{json.dumps(HELD)}' '{lock}'
fi
exec {real} "$@"
"""
    )
    late.chmod(0o755)
    path = f"{late.parent}:{place.environment['PATH']}"
    refused = place.run("scripts/deploy.sh", "deploy", PATH=path)
    assert refused.returncode == 3, refused.stdout
    assert "nothing was changed: the plan could not be applied" in refused.stdout
    assert "going back" not in refused.stdout


@pytest.mark.parametrize("program", ["make", "script"])
def test_who_is_told_to_end_gives_the_lock_back(place: Place, program: str) -> None:
    """As a runner cancels a step: SIGINT to its shell alone, and SIGTERM later."""
    command = "make deploy" if program == "make" else "scripts/deploy.sh deploy"
    with subprocess.Popen(
        ["bash", "-e", "-c", f". scripts/signals.sh\nin_order {command}"],
        cwd=place.checkout,
        env=dict(place.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    ) as step:
        assert place.working.wait(60)
        assert place.is_held()
        step.send_signal(signal.SIGINT)
        time.sleep(0.5)
        step.send_signal(signal.SIGTERM)
        start = time.monotonic()
        said, _ = step.communicate(timeout=60)
    assert time.monotonic() - start < 7, "a runner kills ten seconds after its first signal"
    assert step.returncode == 130, said
    assert "told to end: things are left as they are" in said
    assert "going back" not in said
    assert "Two interrupts received" not in said
    assert not place.is_held()
