"""An account of AWS, played by moto: terraform/infra is applied there, then its IAM is enforced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tests.moto_server import enforce_iam, moto_server
from tests.terraform.stage import Stage, copy_stage

REGION = "eu-west-1"
STATE, DATA = "voxpop-state", "voxpop-data"
ACCOUNT = "123456789012"
ADMIN, GIT_USER, CI, TRAIN = "admin", "git-user", "voxpop-ci", "voxpop-train"
API = "AppRunnerInstanceRole"
EVERYTHING = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
)
# The bucket's rules of age take moto a minute to settle, and nobody's rights depend on them.
# test_stage_script.py applies them.
NO_LIFECYCLE = 'resource "aws_s3_bucket_lifecycle_configuration" "this" {\n  count = 0\n}\n'
LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'
INFRA = {
    "region": REGION,
    "state_bucket": STATE,
    "data_bucket": DATA,
    "github_repository": "shop/reviews",
    "github_owner_id": "1",
    "github_repository_id": "2",
    "create_git_user": "true",
}


@dataclass(frozen=True)
class Account:
    """Where it answers, the stage that made it, and the keys of who may ask."""

    url: str
    infra: Stage
    keys: Mapping[str, Mapping[str, str]]

    def client(self, who: str, service: str) -> Any:
        """Give a client of boto3 that asks as somebody."""
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **self.keys[who])

    def environment(self, who: str) -> dict[str, str]:
        """Give what Terraform needs to act as somebody."""
        keys = {name.upper(): value for name, value in self.keys[who].items()}
        return {"AWS_ENDPOINT_URL": self.url, "AWS_REGION": REGION} | keys


@contextmanager
def account(folder: Path, platform: str) -> Iterator[Account]:
    """Play an account in which only what a policy allows is allowed."""
    with moto_server(folder / "moto.log", "tests.terraform.fuller_moto") as url:
        keys = {ADMIN: _keys("testing", "testing")}
        made = Account(url, copy_stage("infra", folder), keys)
        iam = made.client(ADMIN, "iam")
        iam.create_user(UserName=ADMIN)
        iam.put_user_policy(UserName=ADMIN, PolicyName="all", PolicyDocument=EVERYTHING)
        keys[ADMIN] = _new_key(iam, ADMIN)
        made = replace(made, infra=_applied(made, platform))
        for bucket in (STATE, DATA):
            # It denies what comes without TLS; moto denies everything, as it knows no conditions.
            made.client(ADMIN, "s3").delete_bucket_policy(Bucket=bucket)
        keys[GIT_USER] = _new_key(iam, GIT_USER)
        for role in (CI, TRAIN, API):
            # As GitHub and App Runner do; who else may is in texts that `terraform test` checks.
            taken = made.client(ADMIN, "sts").assume_role(
                RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="test"
            )["Credentials"]
            keys[role] = _keys(
                taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"]
            )
        enforce_iam(url)
        yield made


def is_denied(call: Any, **arguments: Any) -> bool:
    """Tell whether a call of boto3 is refused for want of rights; other errors are errors."""
    try:
        call(**arguments)
    except ClientError as error:
        # A bucket's content is looked at once it is clear that the caller may delete it.
        if "AccessDenied" not in str(error) and "BucketNotEmpty" not in str(error):
            raise
        return "AccessDenied" in str(error)
    return False


def _applied(account: Account, platform: str) -> Stage:
    variables = INFRA | {"platform": platform}
    stage = Stage(
        account.infra.folder,
        account.environment(ADMIN) | {f"TF_VAR_{name}": told for name, told in variables.items()},
    )
    (stage.folder / "backend_override.tf").write_text(LOCAL_STATE)
    (stage.folder.parent / "modules/bucket/lifecycle_override.tf").write_text(NO_LIFECYCLE)
    stage.run("init", "-no-color", "-lockfile=readonly")
    assert "Apply complete!" in stage.run("apply", "-auto-approve", "-no-color")
    return stage


def _new_key(iam: Any, user: str) -> Mapping[str, str]:
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return _keys(key["AccessKeyId"], key["SecretAccessKey"])


def _keys(key: str, secret: str, token: str | None = None) -> Mapping[str, str]:
    keys = {"aws_access_key_id": key, "aws_secret_access_key": secret}
    return keys if token is None else keys | {"aws_session_token": token}
