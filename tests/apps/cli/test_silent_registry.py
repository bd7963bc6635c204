"""`voxpop predict` when the server of its registry accepts and never answers."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from tests.fault_proxy import Fault, FaultProxy
from tests.moto_server import moto_server
from tests.s3_server import WRITER
from voxpop.testing import make_bundle
from voxpop_plugins.s3.config import S3RegistryConfig
from voxpop_plugins.s3.plugin import open_registry

Voxpop = Callable[..., subprocess.CompletedProcess[str]]
BUCKET = "voxpop-silent"


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[FaultProxy]:
    with moto_server(tmp_path / "log.txt") as url, FaultProxy(url).running() as running:
        running.plan.hang_s = 300
        yield running


def test_a_review_is_labelled_from_the_disk_soon(
    proxy: FaultProxy, voxpop: Voxpop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = {
        "AWS_ACCESS_KEY_ID": WRITER.key,
        "AWS_SECRET_ACCESS_KEY": WRITER.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in aws.items():
        monkeypatch.setenv(name, value)
    registry = open_registry(S3RegistryConfig(bucket=BUCKET, endpoint_url=proxy.url))
    boto3.client("s3", endpoint_url=proxy.url).create_bucket(Bucket=BUCKET)
    make_bundle(tmp_path / "bundle")
    version = registry.publish(tmp_path / "bundle")
    registry.move_alias("champion", version, expected=None)

    options = {"VOXPOP_REGISTRY__BUCKET": BUCKET, "VOXPOP_REGISTRY__ENDPOINT_URL": proxy.url} | aws
    predict = ("predict", "--registry", "s3", "What an excellent lamp")
    first = voxpop(*predict, **options)
    assert first.returncode == 0, first.stderr
    proxy.plan.begin(Fault.HANG)  # every request; the registry's own options allow 6 of 20 s each
    began = time.monotonic()
    again = voxpop(*predict, **options)
    assert again.returncode == 0, again.stderr
    assert time.monotonic() - began < 60  # 5 s, and the start of a process on a busy machine
    assert again.stdout == first.stdout
    assert version in again.stderr
    assert "taken from the disk" in again.stderr
    assert proxy.plan.harmed == 1
