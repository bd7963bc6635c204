from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.s3_server import WRITER, Identity, SeaweedFS, seaweedfs
from voxpop_plugins.s3.client import Bucket, connect
from voxpop_plugins.s3.config import S3StoreConfig
from voxpop_plugins.s3.store import S3Store

BUCKET = "voxpop-tests"


def act_as(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process's AWS settings name this identity and nothing else."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", identity.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", identity.secret)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture(autouse=True)
def aws_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' writer; nobody's own keys, profiles or machine role."""
    act_as(WRITER, monkeypatch)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-aws-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """A SeaweedFS with the tests' bucket in it."""
    with seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as running:
        client(running.url).create_bucket(Bucket=BUCKET)
        yield running


@pytest.fixture
def config(server: SeaweedFS) -> S3StoreConfig:
    """A place in the bucket that this test alone uses."""
    return S3StoreConfig(bucket=BUCKET, prefix=uuid.uuid4().hex, endpoint_url=server.url)


def client(url: str) -> Any:
    """Give a boto3 client of the tests' writer."""
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=WRITER.key,
        aws_secret_access_key=WRITER.secret,
    )


def store_at(url: str) -> S3Store:
    """Give a store at a new place in the bucket."""
    bucket = _bucket_at(url)
    return S3Store(replace(bucket, place=replace(bucket.place, prefix=f"{uuid.uuid4().hex}/")))


@cache
def _bucket_at(url: str) -> Bucket:
    """Give the one client for the server: to make a client takes longer than most tests."""
    return connect(S3StoreConfig(bucket=BUCKET, endpoint_url=url, timeout_s=2.0, attempts=4))
