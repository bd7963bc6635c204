"""Who may do what, held to the applied policies by moto with its IAM enforced: least privilege.

moto ignores conditions, so what hangs on one (a list's prefix, who gets a role handed over, TLS,
the subject of GitHub's tokens) is tested as text by `terraform test` alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.terraform.account import (
    ACCOUNT,
    ADMIN,
    API,
    CI,
    DATA,
    GIT_USER,
    STATE,
    TRAIN,
    Account,
    account,
    is_denied,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
OBJECTS = (
    (DATA, "models/versions/v-1/manifest.json"),
    (DATA, "models/aliases/champion.json"),
    (DATA, "models/claims/1"),
    (DATA, "amazon_polarity/train.parquet"),
    (DATA, "feedback/1.jsonl"),
    (STATE, "infra/terraform.tfstate"),
    (STATE, "app/terraform.tfstate"),
)
LAYER = b"a layer"
ALL_DATA = f"arn:aws:s3:::{DATA}/*"
IMAGE = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": {"digest": "sha256:" + "1" * 64, "size": 2},
    "layers": [],
}
MANIFEST = json.dumps(IMAGE)


def policy(action: str, **more: str) -> str:
    statement = {"Sid": "One", "Effect": "Allow", "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# Service, method and arguments of what neither the workflows nor the API may do.
FORBIDDEN: list[tuple[str, str, dict[str, Any]]] = [
    ("s3", "get_object", {"Bucket": STATE, "Key": "infra/terraform.tfstate"}),
    ("s3", "put_object", {"Bucket": STATE, "Key": "infra/terraform.tfstate", "Body": b""}),
    ("s3", "delete_object", {"Bucket": STATE, "Key": "app/terraform.tfstate"}),
    ("s3", "delete_object", {"Bucket": DATA, "Key": "models/versions/v-1/manifest.json"}),
    ("s3", "delete_object", {"Bucket": DATA, "Key": "amazon_polarity/train.parquet"}),
    ("s3", "get_object", {"Bucket": DATA, "Key": "feedback/1.jsonl"}),
    ("s3", "put_object", {"Bucket": DATA, "Key": "elsewhere", "Body": b""}),
    (
        "s3",
        "put_bucket_policy",
        {"Bucket": DATA, "Policy": policy("s3:GetObject", Principal="*", Resource=ALL_DATA)},
    ),
    ("s3", "delete_bucket", {"Bucket": DATA}),
    ("s3", "list_buckets", {}),
    ("ecr", "batch_delete_image", {"repositoryName": "ecr-api", "imageIds": [{"imageTag": "v1"}]}),
    (
        "ecr",
        "set_repository_policy",
        {"repositoryName": "ecr-api", "policyText": policy("ecr:*", Principal="*")},
    ),
    ("ecr", "delete_repository", {"repositoryName": "ecr-api", "force": True}),
    ("ecr", "create_repository", {"repositoryName": "another"}),
    ("ecr", "put_image", {"repositoryName": "another", "imageManifest": MANIFEST}),
    ("iam", "create_user", {"UserName": "somebody"}),
    ("iam", "create_access_key", {"UserName": GIT_USER}),
    ("iam", "attach_role_policy", {"RoleName": API, "PolicyArn": "POLICY"}),
    (
        "iam",
        "put_role_policy",
        {"RoleName": API, "PolicyName": "all", "PolicyDocument": policy("s3:*", Resource="*")},
    ),
    (
        "iam",
        "update_assume_role_policy",
        {"RoleName": API, "PolicyDocument": policy("sts:AssumeRole", Principal="*")},
    ),
    ("secretsmanager", "get_secret_value", {"SecretId": "voxpop/ui-api-key"}),
    ("secretsmanager", "put_secret_value", {"SecretId": "voxpop/api-keys", "SecretString": "x"}),
]
NAMES = [f"{service}:{method}-{n}" for n, (service, method, _) in enumerate(FORBIDDEN)]


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with account(tmp_path_factory.mktemp("account"), "apprunner") as made:
        s3 = made.client(ADMIN, "s3")
        for bucket, key in OBJECTS:
            s3.put_object(Bucket=bucket, Key=key, Body=b"content")
        for name in ("voxpop/api-keys", "voxpop/ui-api-key"):
            secrets = made.client(ADMIN, "secretsmanager")
            secrets.put_secret_value(SecretId=name, SecretString="secret")
        yield made


# Whoever trains neither delivers nor chooses what answers.
FORBIDDEN_TO_TRAIN: list[tuple[str, str, dict[str, Any]]] = [
    ("s3", "put_object", {"Bucket": DATA, "Key": "models/aliases/champion.json", "Body": b""}),
    ("s3", "delete_object", {"Bucket": DATA, "Key": "models/aliases/champion.json"}),
    ("s3", "get_object", {"Bucket": STATE, "Key": "app/terraform.tfstate"}),
    ("s3", "put_object", {"Bucket": STATE, "Key": "app/terraform.tfstate", "Body": b""}),
    ("s3", "list_objects_v2", {"Bucket": STATE}),
    ("ecr", "get_authorization_token", {}),
    ("ecr", "put_image", {"repositoryName": "ecr-api", "imageManifest": MANIFEST}),
    ("iam", "get_role", {"RoleName": API}),
    ("cloudwatch", "delete_dashboards", {"DashboardNames": ["MLOps-Dashboard"]}),
]


@pytest.fixture(params=[CI, GIT_USER])
def ci(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def call(aws: Account, who: str, number: int) -> tuple[Any, dict[str, Any]]:
    service, method, arguments = FORBIDDEN[number]
    if "PolicyArn" in arguments:
        arguments = arguments | {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/voxpop-ci-data"}
    return getattr(aws.client(who, service), method), arguments


@pytest.mark.parametrize("number", range(len(FORBIDDEN)), ids=NAMES)
def test_what_the_workflows_cannot_do(aws: Account, ci: str, number: int) -> None:
    method, arguments = call(aws, ci, number)
    assert is_denied(method, **arguments)


@pytest.mark.parametrize("number", range(len(FORBIDDEN)), ids=NAMES)
def test_what_the_training_cannot_do(aws: Account, number: int) -> None:
    method, arguments = call(aws, TRAIN, number)
    assert is_denied(method, **arguments)


@pytest.mark.parametrize("told", FORBIDDEN_TO_TRAIN, ids=lambda told: f"{told[0]}:{told[1]}")
def test_what_only_the_delivery_can_do(aws: Account, told: tuple[str, str, dict[str, Any]]) -> None:
    service, method, arguments = told
    assert is_denied(getattr(aws.client(TRAIN, service), method), **arguments)


@pytest.mark.parametrize("number", range(len(FORBIDDEN)), ids=NAMES)
def test_what_the_api_cannot_do(aws: Account, number: int) -> None:
    method, arguments = call(aws, API, number)
    assert is_denied(method, **arguments)


def test_the_workflows_push_images(aws: Account, ci: str) -> None:
    ecr = aws.client(ci, "ecr")
    assert ecr.get_authorization_token()["authorizationData"]
    for repository in ("ecr-api", "ecr-frontend"):
        of = {"repositoryName": repository}
        manifest = json.dumps(IMAGE | {"annotations": {"by": ci}})
        upload = ecr.initiate_layer_upload(**of)["uploadId"]
        ecr.upload_layer_part(
            **of, uploadId=upload, partFirstByte=0, partLastByte=len(LAYER), layerPartBlob=LAYER
        )
        digest = ecr.complete_layer_upload(
            **of, uploadId=upload, layerDigests=["sha256:" + "0" * 64]
        )["layerDigest"]
        ecr.batch_check_layer_availability(**of, layerDigests=[digest])
        ecr.put_image(**of, imageManifest=manifest, imageTag=ci)
        assert ecr.batch_get_image(**of, imageIds=[{"imageTag": ci}])["images"]
        assert ecr.describe_images(**of)["imageDetails"]


@pytest.mark.parametrize("ci", [CI, GIT_USER, TRAIN])
def test_the_workflows_keep_reviews_and_models(aws: Account, ci: str) -> None:
    s3 = aws.client(ci, "s3")
    for key in (
        "models/versions/v-2/manifest.json",
        "models/aliases/candidate.json",
        "amazon_polarity/2",
    ):
        s3.put_object(Bucket=DATA, Key=key, Body=ci.encode())
        assert s3.get_object(Bucket=DATA, Key=key)["Body"].read() == ci.encode()
    assert s3.list_objects_v2(Bucket=DATA, Prefix="models/")["KeyCount"]
    s3.delete_object(Bucket=DATA, Key="models/claims/1")


def test_the_workflows_of_production_choose_what_answers(aws: Account, ci: str) -> None:
    champion = {"Bucket": DATA, "Key": "models/aliases/champion.json"}
    aws.client(ci, "s3").put_object(**champion, Body=ci.encode())
    assert aws.client(TRAIN, "s3").get_object(**champion)["Body"].read() == ci.encode()


def test_the_workflows_keep_the_state_of_the_services(aws: Account, ci: str) -> None:
    s3 = aws.client(ci, "s3")
    for key in ("app/terraform.tfstate", "app/terraform.tfstate.tflock"):
        s3.put_object(Bucket=STATE, Key=key, Body=b"{}")
        assert s3.get_object(Bucket=STATE, Key=key)["Body"].read() == b"{}"
    s3.delete_object(Bucket=STATE, Key="app/terraform.tfstate.tflock")


def test_the_api_reads_models_and_its_own_keys(aws: Account) -> None:
    s3 = aws.client(API, "s3")
    key = "models/versions/v-1/manifest.json"
    assert s3.get_object(Bucket=DATA, Key=key)["Body"].read() == b"content"
    assert s3.list_objects_v2(Bucket=DATA, Prefix="models/")["KeyCount"]
    secrets = aws.client(API, "secretsmanager")
    assert secrets.get_secret_value(SecretId="voxpop/api-keys")["SecretString"] == "secret"


def test_the_api_does_nothing_else(aws: Account) -> None:
    s3 = aws.client(API, "s3")
    for bucket, key in OBJECTS:
        assert is_denied(s3.put_object, Bucket=bucket, Key=key, Body=b"")
        assert is_denied(s3.delete_object, Bucket=bucket, Key=key)
        if not key.startswith("models/"):
            assert is_denied(s3.get_object, Bucket=bucket, Key=key)
    assert is_denied(s3.list_objects_v2, Bucket=STATE)
    ecr = aws.client(API, "ecr")
    assert is_denied(ecr.get_authorization_token)
    assert is_denied(ecr.batch_get_image, repositoryName="ecr-api", imageIds=[{"imageTag": "v1"}])
    assert is_denied(aws.client(API, "iam").list_users)
    assert is_denied(aws.client(API, "cloudwatch").describe_alarms)


def test_the_api_writes_feedback_once_that_is_enabled(aws: Account) -> None:
    s3 = aws.client(API, "s3")
    told = {"Bucket": DATA, "Key": "feedback/2.jsonl"}
    assert is_denied(s3.put_object, **told, Body=b"")
    enabling = ("-target=aws_iam_role_policy.api", "-var=feedback_enabled=true")
    said = aws.infra.run("apply", "-auto-approve", "-no-color", *enabling)
    assert "0 added, 1 changed, 0 destroyed" in said
    s3.put_object(**told, Body=b"{}")
    assert s3.get_object(**told)["Body"].read() == b"{}"
    assert is_denied(s3.delete_object, **told)
    assert is_denied(s3.put_object, Bucket=DATA, Key="models/versions/v-1/x", Body=b"")
    assert is_denied(s3.get_object, Bucket=DATA, Key="amazon_polarity/train.parquet")


def test_rights_alone_stand_in_the_way(aws: Account) -> None:
    """Last, as it destroys: an administrator's same calls are answered."""
    ecr = aws.client(ADMIN, "ecr")
    ecr.put_image(repositoryName="ecr-api", imageManifest=MANIFEST, imageTag="v1")
    for number in range(len(FORBIDDEN)):
        method, arguments = call(aws, ADMIN, number)
        assert not is_denied(method, **arguments), FORBIDDEN[number]
