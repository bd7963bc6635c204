"""What a person reads when the reviews of a bucket cannot be used: one message."""

from __future__ import annotations

import datetime
import io
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import botocore.auth
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.fault_proxy import FaultProxy
from tests.plugins.s3.conftest import BUCKET, act_as
from tests.plugins.s3.polarity import content, parquet, put, read, rows, texts
from tests.plugins.s3.test_refusals import WRONG_REGION
from tests.s3_server import WRITER, Identity, SeaweedFS
from voxpop import DataError, StoreAccessError, StoreError, StoreFullError, VoxpopError
from voxpop_plugins.s3.amazon_polarity.config import AmazonPolarityConfig


@pytest.fixture
def config(server: SeaweedFS) -> AmazonPolarityConfig:
    return AmazonPolarityConfig(bucket=BUCKET, prefix=uuid.uuid4().hex, endpoint_url=server.url)


def refusal(expected: type[VoxpopError], config: AmazonPolarityConfig) -> str:
    with pytest.raises(expected) as raised:
        read(config)
    assert "\n" not in str(raised.value)
    assert WRITER.secret not in str(raised.value)
    return str(raised.value)


def put_train(config: AmazonPolarityConfig, data: bytes) -> None:
    assert config.endpoint_url is not None
    put(config.endpoint_url, config.prefix, "train/0.parquet", data)


def table(**columns: Any) -> bytes:
    out = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), out)
    return out.getvalue()


def test_nothing_there(config: AmazonPolarityConfig) -> None:
    message = refusal(DataError, config)
    assert f"s3://{BUCKET}/{config.prefix}train/*.parquet. Nothing lies there" in message


def test_something_else_there(config: AmazonPolarityConfig) -> None:
    assert config.endpoint_url is not None
    put(config.endpoint_url, config.prefix, "train-00000.parquet", b"here")
    assert "begins with 'train-00000.parquet'" in refusal(DataError, config)


@pytest.mark.parametrize("limit", [None, 10])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PAR1",
        b"label,title,content\n" * 50,
        parquet(rows(50))[:-1],
        parquet(rows(50))[:-20] + parquet(rows(50))[-8:],
        b"PAR1" + bytes(3_000) + parquet(rows(50))[3_004:],
    ],
    ids=["empty", "short", "csv", "cut", "footer", "zeros"],
)
def test_no_parquet(config: AmazonPolarityConfig, data: bytes, limit: int | None) -> None:
    put_train(config, data)
    message = refusal(DataError, config.model_copy(update={"limit": limit}))
    assert message.startswith(f"s3://{BUCKET}/{config.prefix}train/0.parquet cannot be read")


@pytest.mark.parametrize(
    "columns",
    [
        {"label": [0, 1], "text": ["a", "b"]},
        {"label": ["0", "1"], "title": ["a", "b"], "content": ["a", "b"]},
        {"label": [0, 1], "title": ["a", "b"], "content": [1, 2]},
        {"odd": [{"x": 1, "y": 2}] * 2, "label": [0, 1], "title": ["a", "b"], "content": ["", ""]},
    ],
)
def test_other_columns(config: AmazonPolarityConfig, columns: dict[str, Any]) -> None:
    put_train(config, table(**columns))
    message = refusal(DataError, config)
    assert "train/0.parquet has the columns" in message
    assert "voxpop data fetch" in message


@pytest.mark.parametrize(("label", "said"), [(2, "the label 2"), (-1, "-1"), (None, "null")])
def test_other_labels(config: AmazonPolarityConfig, label: int | None, said: str) -> None:
    put_train(config, table(label=[0, 1, label], title=["a"] * 3, content=["b"] * 3))
    message = refusal(DataError, config)
    assert said in message
    assert "0 (negative) or 1 (positive)" in message


@pytest.mark.parametrize("limit", [None, 10])
def test_no_rows(config: AmazonPolarityConfig, limit: int | None) -> None:
    put_train(config, parquet([]))
    assert "hold no reviews" in refusal(DataError, config.model_copy(update={"limit": limit}))


def test_mended_data_is_read(config: AmazonPolarityConfig) -> None:
    put_train(config, b"no Parquet")
    refusal(DataError, config)
    put_train(config, parquet(rows(50)))
    assert content(read(config).train) == texts(rows(50))


def test_a_bucket_that_is_not_there(config: AmazonPolarityConfig) -> None:
    message = refusal(StoreError, config.model_copy(update={"bucket": "no-such-bucket"}))
    assert message.startswith("There is no bucket 'no-such-bucket'")


def test_a_wrong_key(config: AmazonPolarityConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    act_as(Identity("nobody", WRITER.secret), monkeypatch)
    assert "does not accept the access key" in refusal(StoreAccessError, config)


def test_no_rights(config: AmazonPolarityConfig, server: SeaweedFS) -> None:
    denied = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    with FaultProxy(server.url).running() as proxy:
        proxy.plan.answer = 403, {"Content-Type": "application/xml"}, denied
        message = refusal(StoreAccessError, config.model_copy(update={"endpoint_url": proxy.url}))
    assert "refuses access to 'train/'" in message
    assert "docs/s3.md" in message


def test_a_wrong_clock(config: AmazonPolarityConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    def an_hour_ago(remove_tzinfo: bool = True) -> datetime.datetime:
        now = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
        return now.replace(tzinfo=None) if remove_tzinfo else now

    monkeypatch.setattr(botocore.auth, "get_current_datetime", an_hour_ago)
    assert refusal(StoreAccessError, config).startswith("The clock of this machine")


@pytest.mark.parametrize("answer", WRONG_REGION.values(), ids=WRONG_REGION.keys())
def test_a_wrong_region(
    config: AmazonPolarityConfig, server: SeaweedFS, answer: tuple[int, str]
) -> None:
    status, document = answer
    headers = {"Content-Type": "application/xml", "x-amz-bucket-region": "eu-central-1"}
    with FaultProxy(server.url).running() as proxy:
        proxy.plan.answer = status, headers, document.encode()
        elsewhere = config.model_copy(update={"endpoint_url": proxy.url, "region": "us-west-2"})
        message = refusal(StoreError, elsewhere)
    assert "`region` to 'eu-central-1'" in message


def test_no_room(
    config: AmazonPolarityConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    tried = subprocess.run(mount, capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("only root may mount a small disk")
    try:
        put_train(config, parquet(rows(10_000)))
        monkeypatch.setenv("VOXPOP_HOME", str(disk / "home"))
        message = refusal(StoreFullError, config)
        assert "set `limit`" in message
        assert len(read(config.model_copy(update={"limit": 200})).train) == 200
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_boto3_and_pyarrow_are_imported_only_when_needed() -> None:
    code = (
        "import sys\n"
        "from voxpop import DataSourcePart, Plugins\n"
        "part = Plugins.load().get(DataSourcePart, 'amazon-polarity')\n"
        "part.config(bucket='voxpop-tests')\n"
        "assert not {'boto3', 'pyarrow'} & set(sys.modules)\n"
        "sys.modules['boto3'] = None\n"
        "part.load(part.config(bucket='voxpop-tests'), print)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MissingExtraError: The parts called s3 and amazon-polarity need boto3" in told.stderr
