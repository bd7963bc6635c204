"""The main job with S3 on both ends: reviews from a bucket, the version into it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.fault_proxy import FaultProxy
from tests.s3_server import WRITER, seaweedfs

ROOT = Path(__file__).parents[3]
AMAZON = ROOT.parent / "shared" / "data" / "amazon_polarity_train_sample.csv.gz"
BUCKET = "voxpop-amazon"

pytestmark = pytest.mark.train


def reviews() -> pa.Table:
    """Real reviews where they lie beside the checkout; else small ones of the same shape."""
    if AMAZON.exists():
        with gzip.open(AMAZON, "rt", encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    else:
        words = {0: "poor broken awful", 1: "great lovely superb"}
        rows = [
            {"label": str(at % 2), "title": f"No. {at}", "content": f"It is {words[at % 2]} {at}"}
            for at in range(4_000)
        ]
    return pa.table(
        {
            "label": pa.array([int(row["label"]) for row in rows], pa.int64()),
            "title": [row["title"] for row in rows],
            "content": [row["content"] for row in rows],
        }
    )


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultProxy]:
    """A server that holds the reviews in the Hub's schema, behind a proxy that counts."""
    with (
        seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as server,
        FaultProxy(server.url).running() as proxy,
    ):
        s3 = boto3.client(
            "s3",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id=WRITER.key,
            aws_secret_access_key=WRITER.secret,
        )
        s3.create_bucket(Bucket=BUCKET)
        table = reviews()
        half = table.num_rows * 4 // 5
        for name, part in (("train", table.slice(0, half)), ("test", table.slice(half))):
            out = pa.BufferOutputStream()
            pa.parquet.write_table(part, out, row_group_size=500)
            body = out.getvalue().to_pybytes()
            s3.put_object(
                Bucket=BUCKET,
                Key=f"amazon_polarity/{name}/0.parquet",
                Body=body,
                Metadata={"voxpop-sha256": hashlib.sha256(body).hexdigest()},
            )
        yield proxy


def voxpop(home: Path, *arguments: str, **variables: str) -> str:
    """Run the program as on a machine of its own."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "VOXPOP"))
    } | {
        "VOXPOP_HOME": str(home),
        "AWS_ACCESS_KEY_ID": WRITER.key,
        "AWS_SECRET_ACCESS_KEY": WRITER.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        **variables,
    }
    done = subprocess.run(
        [sys.executable, "-m", "voxpop_apps.cli", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert WRITER.secret not in done.stdout + done.stderr
    return done.stdout


def data_gets(proxy: FaultProxy) -> list[str]:
    """The requests that bring reviews; the question whether there is a manifest is none."""
    return [
        line
        for line in proxy.plan.requests
        if line.startswith("GET") and "/amazon_polarity/" in line and ".parquet" in line
    ]


@pytest.mark.timeout(600)
def test_train_from_s3_into_s3_and_predict_on_another_machine(
    proxy: FaultProxy, tmp_path: Path
) -> None:
    overrides = (
        f"data.bucket={BUCKET}",
        f"data.endpoint_url={proxy.url}",
        "data.limit=2_000",
        f"registry.bucket={BUCKET}",
        f"registry.endpoint_url={proxy.url}",
        "model.epochs=2",
        "promotion.minimum=0.3",
    )
    arguments = [word for override in overrides for word in ("--set", override)]
    train = ["train", "configs/amazon_polarity.toml", *arguments, "--json"]

    first = json.loads(voxpop(tmp_path / "trainer", *train))
    assert first["promotion"]["moved"] is True
    assert first["rows"]["train"] + first["rows"]["validation"] <= 2_000
    assert data_gets(proxy)

    proxy.plan.begin(None)
    second = json.loads(voxpop(tmp_path / "trainer", *train))
    assert second["version"] != first["version"]
    assert data_gets(proxy) == []

    holder = second["promotion"]["holder"]
    options = {
        "VOXPOP_REGISTRY__BUCKET": BUCKET,
        "VOXPOP_REGISTRY__PREFIX": "voxpop",
        "VOXPOP_REGISTRY__ENDPOINT_URL": proxy.url,
    }
    predict = ("predict", "--json", "A superb lamp, I love it")
    by_option = voxpop(tmp_path / "one", *predict, "--registry", "s3", **options)
    answer = json.loads(by_option)
    assert answer["version"] == holder
    assert answer["label"] in ("negative", "positive")
    by_setting = voxpop(tmp_path / "two", *predict, VOXPOP_REGISTRY__NAME="s3", **options)
    assert json.loads(by_setting) == answer
