"""The steps of continuous_delivery.yaml, run here: push, deploy, ask, and go back.

Real are the model, its S3, the images, their registry, Terraform and the running containers. moto
is S3 for the state and keeps the secrets; App Runner's plane is a stand-in.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.checkout import copy_checkout
from tests.images.containers import derive, forget
from tests.images.image_registry import PASSWORD, USER, image_registry
from tests.images.machine import Machine, machine
from tests.moto_server import moto_server
from tests.s3_server import READER, SeaweedFS
from tests.serve_program import BUCKET, registry_variables, s3_client
from tests.terraform.app_runner import app_runner
from tests.terraform.stage import clean_environment
from tests.workflow_steps import Runner
from voxpop_apps.web.keys import new_key

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"  # the provider takes no other names
COMMITS = {"sound": "a" * 40, "unhealthy": "b" * 40, "useless": "c" * 40}


@dataclass(frozen=True)
class Delivery:
    """A place to deliver to.

    Attributes:
        runner: runs the steps of the workflow.
        machine: what runs the containers.
    """

    runner: Runner
    machine: Machine

    def deliver(self, commit: str) -> tuple[int, str]:
        """Run the steps of the workflow after the build; gives exit status and output."""
        self.runner.contexts["github.sha"] = commit
        # The images are there: the fixtures were built by the same target.
        return self.runner.run("deliver", skip="make images")

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.runner.checkout,
            env={**self.runner.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=400,
        )

    def deployed(self) -> dict[str, str]:
        """Give what runs, in the words of the images' file."""
        images = self.machine.images
        return {f"image_{name}": images[f"service-{name}"] for name in ("api", "frontend")}

    def pushed(self) -> dict[str, str]:
        file = self.runner.checkout / "build/delivery/images.tfvars.json"
        found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return found


@pytest.fixture
def delivery(
    api_image: str, frontend_image: str, s3: SeaweedFS, champion: str, tmp_path: Path
) -> Iterator[Delivery]:
    for entry in s3_client(s3.url).list_objects_v2(Bucket=BUCKET)["Contents"]:
        s3_client(s3.url).copy_object(  # what Terraform names is below a prefix
            Bucket=BUCKET,
            Key=f"models/{entry['Key']}",
            CopySource={"Bucket": BUCKET, "Key": entry["Key"]},
        )
    with moto_server(tmp_path / "moto.log") as moto, image_registry(tmp_path / "images") as host:
        aws = {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_ENDPOINT_URL": moto,
            "AWS_REGION": "eu-west-1",
        }
        session = boto3.Session("testing", "testing", region_name="eu-west-1")
        session.client("s3", endpoint_url=moto).create_bucket(
            Bucket="state", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        vault = session.client("secretsmanager", endpoint_url=moto)
        smoke_key, smoke_line = new_key("smoke")
        page_key, page_line = new_key("page")
        prefix = f"{host}/{ECR}/ecr-"
        made = prepare_images(prefix, api_image, frontend_image)
        variables = {
            "region": "eu-west-1",
            "platform": "apprunner",
            "data_bucket": BUCKET,
            "models_prefix": "models",
            "instance_role_arn": "arn:aws:iam::123456789012:role/AppRunnerInstanceRole",
            "frontend_role_arn": "arn:aws:iam::123456789012:role/AppRunnerFrontendInstanceRole",
            "ecr_access_role_arn": "arn:aws:iam::123456789012:role/AppRunnerECRAccessRole",
            "api_keys_secret_arn": secret(vault, "voxpop/api-keys", f"{smoke_line}\n{page_line}\n"),
            "ui_api_key_secret_arn": secret(vault, "voxpop/ui-api-key", page_key),
        }
        scratch = tmp_path / "machine"
        scratch.mkdir()
        with (
            machine(scratch, rights(s3), reads(vault), f"{USER}:{PASSWORD}") as runs,
            app_runner(tmp_path / "plane.log", runs.run) as plane,
        ):
            runner = Runner(
                "continuous_delivery.yaml",
                checkout=copy_checkout(tmp_path / "checkout"),
                contexts={
                    "vars.AWS_REGION": "eu-west-1",
                    "vars.AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/voxpop-ci",
                    "vars.STATE_BUCKET": "state",
                    "vars.BASE_IMAGE": "",
                    "vars.IMAGE_PREFIX": prefix,
                    "vars.APP_VARIABLES": json.dumps(variables),
                    "secrets.SMOKE_KEY": smoke_key,
                    "github.server_url": "https://git.example",
                    "github.repository": "shop/reviews",
                },
                environment=clean_environment()
                | aws
                | {
                    "AWS_ENDPOINT_URL_APPRUNNER": plane,
                    "ENGINE": "buildah",
                    "REGISTRY_AUTH_FILE": str(tmp_path / "auth.json"),
                    "REGISTRY_USER": USER,
                    "REGISTRY_PASSWORD": PASSWORD,
                    "SSL_CERT_FILE": str(runs.certificate),
                },
                scratch=tmp_path,
            )
            yield Delivery(runner, runs)
        forget(*made, *runs.pulled)


def prepare_images(prefix: str, api_image: str, frontend_image: str) -> list[str]:
    """Give each commit its images: sound ones, and two APIs that are set wrong; gives all names."""
    wrong = {
        "sound": {},
        "unhealthy": {"VOXPOP_API_WORKERS": "none"},  # it does not start
        "useless": {"VOXPOP_API_MAX_TEXT_CHARACTERS": "1"},  # ready, and refuses what it is asked
    }
    names = []
    for kind, commit in COMMITS.items():
        names += [f"{prefix}api:{commit}", f"{prefix}frontend:{commit}"]
        derive(api_image, names[-2], VOXPOP_API_REVISION=commit, **wrong[kind])
        derive(frontend_image, names[-1], VOXPOP_UI_REVISION=commit)
    return names


def secret(vault: Any, name: str, value: str) -> str:
    arn: str = vault.create_secret(Name=name, SecretString=value)["ARN"]
    return arn


def reads(vault: Any) -> Callable[[str], str]:
    return lambda arn: str(vault.get_secret_value(SecretId=arn)["SecretString"])


def rights(s3: SeaweedFS) -> dict[str, str]:
    """Give what a role gives at AWS: to read from S3."""
    return registry_variables(s3.url) | {
        "AWS_ACCESS_KEY_ID": READER.key,
        "AWS_SECRET_ACCESS_KEY": READER.secret,
    }


def test_a_commit_is_delivered_and_what_does_not_answer_is_taken_back(
    delivery: Delivery, champion: str
) -> None:
    status, said = delivery.deliver(COMMITS["sound"])
    assert status == 0, said
    assert "this is the first deployment" in said
    assert f"serves {champion}: " in said
    sound = delivery.pushed()
    assert delivery.deployed() == sound
    assert all("@sha256:" in image for image in sound.values())

    # It never becomes healthy: the platform keeps the old one, and Terraform sees nothing wrong.
    status, said = delivery.deliver(COMMITS["unhealthy"])
    assert status != 0
    assert "Apply complete!" in said
    assert "the platform went back to what ran before" in said
    assert "the images of before answer again" in said
    assert delivery.pushed()["image_api"] != sound["image_api"]
    assert delivery.deployed() == sound

    # It becomes healthy and takes the old one's place, but does not answer as it should.
    status, said = delivery.deliver(COMMITS["useless"])
    assert status != 0
    assert "/predict answers with status 4" in said
    assert "the images of before answer again" in said
    assert delivery.pushed()["image_api"] != sound["image_api"]
    assert delivery.deployed() == sound
    assert delivery.machine.containers["service-api"].healthy()

    smoke_key = delivery.runner.contexts["secrets.SMOKE_KEY"]
    assert smoke_key not in said
    again = delivery.run("make", "smoke-test", STATE_BUCKET="state", SMOKE_KEY=smoke_key)
    assert again.returncode == 0, again.stdout
    assert f"serves {champion}: " in again.stdout
