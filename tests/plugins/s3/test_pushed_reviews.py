"""What `voxpop data push` put into a bucket is read as its manifest says, whole or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.core.shards.data_sets import ROWS, Row, fetch
from tests.plugins.s3.conftest import BUCKET, client
from tests.plugins.s3.polarity import content, parquet, put, read, rows
from tests.s3_server import SeaweedFS
from voxpop import DataError, Notice, ObjectStore, push_shards, review_text
from voxpop.testing import RecordingListener
from voxpop_plugins.s3.amazon_polarity.config import AmazonPolarityConfig
from voxpop_plugins.s3.config import S3StoreConfig
from voxpop_plugins.s3.plugin import open_store

FIRST = "train/00000-of-00004.parquet"


@pytest.fixture
def config(server: SeaweedFS) -> AmazonPolarityConfig:
    return AmazonPolarityConfig(bucket=BUCKET, prefix=uuid.uuid4().hex, endpoint_url=server.url)


@pytest.fixture
def store(config: AmazonPolarityConfig) -> ObjectStore:
    return open_store(
        S3StoreConfig(bucket=config.bucket, prefix=config.prefix, endpoint_url=config.endpoint_url)
    )


def told(some: Sequence[Row], labels: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(review_text(title, content), labels[label]) for label, title, content in some]


def named(config: AmazonPolarityConfig) -> list[tuple[str, str]]:
    """Give text and class name of each training review."""
    splits = read(config)
    return [(text, splits.labels[label]) for text, label in content(splits.train)]


def refusal(config: AmazonPolarityConfig) -> str:
    with pytest.raises(DataError) as raised:
        read(config)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("labels", [("positive", "negative"), ("bad", "good")])
def test_a_label_means_what_the_manifest_says(
    config: AmazonPolarityConfig, store: ObjectStore, tmp_path: Path, labels: tuple[str, ...]
) -> None:
    fetch(tmp_path / "data", labels=labels)
    push_shards(tmp_path / "data", store)
    assert named(config) == told(ROWS, labels)
    assert named(config) == told(ROWS, labels)  # from the cache


def test_what_has_no_manifest_is_read_with_a_notice(config: AmazonPolarityConfig) -> None:
    assert config.endpoint_url is not None
    put(config.endpoint_url, config.prefix, "train/0.parquet", parquet(rows(50)))
    listener = RecordingListener()
    assert read(config, listener).labels == ("negative", "positive")
    (notice,) = [event.message for event in listener.events if isinstance(event, Notice)]
    assert f"no manifest.json at s3://{BUCKET}/{config.prefix}" in notice
    assert "0 (negative)" in notice


def test_what_has_a_manifest_is_read_without_a_notice(
    config: AmazonPolarityConfig, store: ObjectStore, tmp_path: Path
) -> None:
    fetch(tmp_path / "data")
    push_shards(tmp_path / "data", store)
    listener = RecordingListener()
    read(config, listener)
    assert not [event for event in listener.events if isinstance(event, Notice)]


class Stopped(Exception):  # noqa: N818 - somebody stops the push
    pass


class Stopping:
    """A store that stops a push before its upload number `at`."""

    def __init__(self, store: ObjectStore, at: int) -> None:
        self._store, self._left = store, at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def upload(self, source: Path, key: str) -> None:
        if self._left == 0:
            raise Stopped
        self._left -= 1
        self._store.upload(source, key)


@pytest.mark.parametrize("at", [0, 2, 4])
def test_half_a_data_set_is_refused_until_the_rest_is_there(
    config: AmazonPolarityConfig, store: ObjectStore, tmp_path: Path, at: int
) -> None:
    fetch(tmp_path / "data")
    with pytest.raises(Stopped):
        push_shards(tmp_path / "data", Stopping(store, at))
    message = refusal(config)
    assert f"s3://{BUCKET}/{config.prefix}manifest.json says that" in message
    assert "voxpop data push DIR" in message
    push_shards(tmp_path / "data", store)
    assert named(config) == told(ROWS, ("negative", "positive"))


def test_a_mix_of_two_data_sets_is_refused(
    config: AmazonPolarityConfig, store: ObjectStore, tmp_path: Path
) -> None:
    fetch(tmp_path / "old")
    push_shards(tmp_path / "old", store)
    assert len(read(config).train) == len(ROWS)
    other = [(label, title, f"New. {content}") for label, title, content in ROWS]
    fetch(tmp_path / "new", other)
    with pytest.raises(Stopped):
        push_shards(tmp_path / "new", Stopping(store, 2), replace=True)
    assert "still being written" in refusal(config)
    push_shards(tmp_path / "new", store, replace=True)
    assert named(config) == told(other, ("negative", "positive"))


def test_other_shards_than_those_of_the_manifest_are_refused(
    config: AmazonPolarityConfig, store: ObjectStore, tmp_path: Path
) -> None:
    assert config.endpoint_url is not None
    fetch(tmp_path / "data")
    push_shards(tmp_path / "data", store)
    assert len(read(config).train) == len(ROWS)
    store.delete(FIRST)
    assert f"{FIRST} is missing" in refusal(config)
    put(config.endpoint_url, config.prefix, FIRST, parquet(rows(10)))
    assert f"{FIRST} has" in refusal(config)
    push_shards(tmp_path / "data", store)
    put(config.endpoint_url, config.prefix, "test/more.parquet", parquet(rows(10)))
    assert "test/more.parquet is not listed" in refusal(config)


@pytest.mark.parametrize(("limit", "told"), [(None, False), (None, True), (20, True)])
def test_another_file_of_the_same_size_is_refused(
    config: AmazonPolarityConfig,
    store: ObjectStore,
    tmp_path: Path,
    limit: int | None,
    told: bool,
) -> None:
    assert config.endpoint_url is not None
    fetch(tmp_path / "data")
    push_shards(tmp_path / "data", store)
    shard = bytearray((tmp_path / "data" / FIRST).read_bytes())
    shard[5] ^= 1
    put(config.endpoint_url, config.prefix, FIRST, bytes(shard), told=told)
    message = refusal(config.model_copy(update={"limit": limit}))
    assert f"{FIRST} is" in message
    assert "another file" in message
    push_shards(tmp_path / "data", store)
    assert len(read(config.model_copy(update={"limit": limit})).train) == (limit or len(ROWS))


def test_a_split_for_validation_is_read_too(
    config: AmazonPolarityConfig, store: ObjectStore, tmp_path: Path
) -> None:
    fetch(tmp_path / "data")
    (tmp_path / "data" / "test").rename(tmp_path / "data" / "validation")
    manifest = tmp_path / "data" / "manifest.json"
    text = manifest.read_text().replace('"test', '"validation')
    manifest.write_text(text)
    push_shards(tmp_path / "data", store)
    splits = read(config)
    assert splits.test is None
    assert splits.validation is not None
    assert len(splits.validation) == 4


def test_a_sample_of_shards_sorted_by_label_has_each_at_its_share(
    config: AmazonPolarityConfig, store: ObjectStore, tmp_path: Path
) -> None:
    ordered: list[Row] = [(int(row >= 18_000), "t", f"{row}") for row in range(30_000)]
    fetch(tmp_path / "data", ordered, rows_per_file=25_000)
    push_shards(tmp_path / "data", store)
    for seed in range(5):
        splits = read(config.model_copy(update={"limit": 5_000, "seed": seed}))
        assert len(splits.train) == 5_000
        share = np.bincount(splits.train.labels)[1] / 5_000
        assert share == pytest.approx(0.4, abs=0.06)


def test_a_sample_without_a_label_says_that_it_is_the_sample(config: AmazonPolarityConfig) -> None:
    assert config.endpoint_url is not None
    some = [row._replace(label=int(at == 77)) for at, row in enumerate(rows(3_000))]
    put(config.endpoint_url, config.prefix, "train/0.parquet", parquet(some, group=1_000))
    message = refusal(config.model_copy(update={"limit": 20}))
    assert "`limit` drew have none that is 'positive'" in message
    assert "from 3 row groups" in message
    assert len(read(config).train) == 3_000


def test_the_bucket_may_be_another_ones_too(
    config: AmazonPolarityConfig, store: ObjectStore, tmp_path: Path
) -> None:
    assert config.endpoint_url is not None
    fetch(tmp_path / "data")
    push_shards(tmp_path / "data", store)
    client(config.endpoint_url).put_object(
        Bucket=BUCKET, Key=f"{config.prefix}notes/train/0.parquet", Body=b"mine"
    )
    put(config.endpoint_url, config.prefix, "train/README.md", b"no shard")
    assert len(read(config).train) == len(ROWS)
