"""Voxpop's start from a registry in S3: a SeaweedFS on this machine, nothing cached."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path

import boto3

from benchmarks.servers.contenders import Model, voxpop
from benchmarks.servers.process import memory_mib, running
from tests.s3_server import WRITER, seaweedfs
from voxpop import Plugins, RegistryPart

_BUCKET, _STARTS = "voxpop-benchmark", 3


def start_from_s3(model: Model) -> dict[str, float]:
    """Give the seconds to the first answer and the memory then, medians of some first starts."""
    credentials = {
        "AWS_ACCESS_KEY_ID": WRITER.key,
        "AWS_SECRET_ACCESS_KEY": WRITER.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    os.environ |= credentials
    with tempfile.TemporaryDirectory() as folder, seaweedfs(Path(folder, "s3")) as server:
        _publish(model, server.url)
        home = Path(folder, "home")
        contender = voxpop(
            VOXPOP_HOME=str(home),
            VOXPOP_REGISTRY__NAME="s3",
            VOXPOP_REGISTRY__BUCKET=_BUCKET,
            VOXPOP_REGISTRY__ENDPOINT_URL=server.url,
            **credentials,
        )
        seconds, memory = [], list[Mapping[str, float]]()
        for _ in range(_STARTS):
            shutil.rmtree(home, ignore_errors=True)
            with running(contender, model, Path(folder, "server.log")) as started:
                seconds.append(started.cold_start_s)
                memory.append(memory_mib(started.pid))
    return {
        "cold_start_s3_s": statistics.median(seconds),
        "pss_s3_mib": statistics.median(one["pss"] for one in memory),
    }


def _publish(model: Model, url: str) -> None:
    boto3.client("s3", endpoint_url=url).create_bucket(Bucket=_BUCKET)
    part = Plugins.load(only=["s3"]).get(RegistryPart, "s3")
    registry = part.open(part.config(bucket=_BUCKET, endpoint_url=url))
    registry.move_alias("champion", registry.publish(model.bundle), expected=None)
