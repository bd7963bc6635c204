"""Applies terraform/app as the workflows do it: by their role, its state locked in S3.

moto plays AWS with its IAM enforced, so the role may send each request of a deployment.
"""

from __future__ import annotations

import json
from typing import Any

from tests.terraform.account import ACCOUNT, ADMIN, CI, REGION, STATE, Account
from tests.terraform.stage import Stage

REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
IMAGES = {
    "TF_VAR_image_api": f"{REGISTRY}/ecr-api@sha256:{'1' * 64}",
    "TF_VAR_image_frontend": f"{REGISTRY}/ecr-frontend:4f1c2d3",
}
NEXT = {"TF_VAR_image_api": f"{REGISTRY}/ecr-api@sha256:{'2' * 64}"}


def app_stage(aws: Account, **more: str) -> Stage:
    """Give the second stage, told what the first one made, with its state in the bucket."""
    folder = aws.infra.folder.with_name("app")
    told = aws.infra.run("output", "-json", "app")
    (folder / "infra.auto.tfvars.json").write_text(told)
    stage = Stage(folder, aws.environment(CI) | IMAGES | more)
    backend = (f"-backend-config=bucket={STATE}", f"-backend-config=region={REGION}")
    stage.run("init", "-no-color", "-lockfile=readonly", *backend)
    return stage


def planned(stage: Stage) -> list[dict[str, Any]]:
    """Give the changes that would be made."""
    stage.run("plan", "-no-color", "-out=next.plan")
    changes: list[dict[str, Any]] = json.loads(stage.run("show", "-json", "next.plan"))[
        "resource_changes"
    ]
    return [one for one in changes if one["change"]["actions"] not in (["no-op"], ["read"])]


def differing(change: dict[str, Any]) -> set[str]:
    before, after = change["change"]["before"], change["change"]["after"]
    return {name for name in before | after if before.get(name) != after.get(name)}


def apply(stage: Stage, aws: Account) -> None:
    assert "Apply complete!" in stage.run("apply", "-auto-approve", "-no-color")
    kept = aws.client(ADMIN, "s3").list_objects_v2(Bucket=STATE)["Contents"]
    assert [one["Key"] for one in kept] == ["app/terraform.tfstate"]  # and no lock is left


def assert_nothing_is_left_to_do(stage: Stage) -> None:
    stage.run("plan", "-no-color", "-detailed-exitcode")  # 2 if there were a change


def state_before(aws: Account) -> bytes:
    """Give the state that the present one replaced, as an administrator gets it back."""
    s3, key = aws.client(ADMIN, "s3"), "app/terraform.tfstate"
    kept = s3.list_object_versions(Bucket=STATE, Prefix=key)["Versions"]
    versions = [one["VersionId"] for one in kept if one["Key"] == key]  # the newest first
    state: bytes = s3.get_object(Bucket=STATE, Key=key, VersionId=versions[1])["Body"].read()
    return state
