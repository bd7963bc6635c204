"""The real `voxpop serve` in a process of its own, that follows a registry on a real S3 server."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.s3_server import WRITER, SeaweedFS
from voxpop import StoreRegistry
from voxpop_plugins.s3.client import connect
from voxpop_plugins.s3.config import S3StoreConfig
from voxpop_plugins.s3.store import S3Store

BUCKET = "voxpop-serve"
_WAIT_S = 60.0

AWS = {
    "AWS_ACCESS_KEY_ID": WRITER.key,
    "AWS_SECRET_ACCESS_KEY": WRITER.secret,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nowhere/config",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere/credentials",
}


def s3_client(url: str) -> Any:
    """Give a boto3 client of the tests' writer."""
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=WRITER.key,
        aws_secret_access_key=WRITER.secret,
    )


def s3_store(url: str) -> S3Store:
    """Give a store in the tests' bucket; the process's AWS settings must be `AWS`."""
    return S3Store(connect(S3StoreConfig(bucket=BUCKET, endpoint_url=url, timeout_s=5.0)))


def s3_registry(server: SeaweedFS) -> StoreRegistry:
    """Make the bucket, and give the registry in it."""
    s3_client(server.url).create_bucket(Bucket=BUCKET)
    return StoreRegistry(s3_store(server.url))


def registry_variables(url: str) -> dict[str, str]:
    """Give the settings of a program whose registry is there and who gives up soon."""
    return AWS | {
        "VOXPOP_REGISTRY__NAME": "s3",
        "VOXPOP_REGISTRY__BUCKET": BUCKET,
        "VOXPOP_REGISTRY__ENDPOINT_URL": url,
        "VOXPOP_REGISTRY__TIMEOUT_S": "2",
        "VOXPOP_REGISTRY__ATTEMPTS": "1",
    }


@dataclass(frozen=True)
class Program:
    """A running `voxpop serve`.

    Attributes:
        process: the process that was started: the one worker, or the parent of several.
        url: where it answers.
        log: the file of its log lines.
    """

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask over a connection of its own, so that any worker may answer."""
        # verify: a fresh client would read all certificates of the machine, for plain HTTP.
        return httpx.get(f"{self.url}{path}", timeout=30, verify=False, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Send over a connection of its own, so that any worker may answer."""
        return httpx.post(f"{self.url}{path}", timeout=30, verify=False, **options)

    def metrics(self, **options: Any) -> dict[str, float]:
        """Give every sample by its name and labels: `name` or `name{label="value"}`."""
        answer = self.get("/metrics", **options)
        assert answer.status_code == 200, answer.text
        told = {}
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                labels = ",".join(
                    f'{key}="{value}"' for key, value in sorted(sample.labels.items())
                )
                told[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
        return told


@contextmanager
def serving_program(
    program: Sequence[str], environment: Mapping[str, str], log: Path, *arguments: str
) -> Iterator[Program]:
    """Start `voxpop serve` on a free port, wait until it listens, and stop it in the end."""
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*program, "serve", "--port", "0", *arguments],
            env=os.environ | dict(environment),
            cwd=log.parent,
            stdout=stream,
            stderr=stream,
        )
    try:
        end = time.monotonic() + _WAIT_S
        while not (found := re.search(r" at (http://\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.02)
        yield Program(process, found[1], log)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until_status(program: Program, path: str, status: int, **options: Any) -> httpx.Response:
    """Wait for an answer of this status."""
    end = time.monotonic() + _WAIT_S
    while True:
        try:
            answer = program.get(path, **options)
            if answer.status_code == status:
                return answer
            seen = answer.text
        except httpx.TransportError as error:
            seen = repr(error)
        assert program.process.poll() is None, program.log.read_text()
        assert time.monotonic() < end, f"{path}: {seen}\n{program.log.read_text()}"
        time.sleep(0.05)


def until_told(program: Program, sample: str, value: float) -> None:
    """Wait until the metrics say so."""
    end = time.monotonic() + _WAIT_S
    while (told := program.metrics()).get(sample) != value:
        assert time.monotonic() < end, f"{sample} is {told.get(sample)}"
        time.sleep(0.05)
