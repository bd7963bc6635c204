"""The policies that the page on S3 shows, enforced by moto: each allows its work, and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.core.shards.data_sets import ROWS, fetch
from tests.moto_server import enforce_iam, moto_server
from tests.plugins.s3.conftest import act_as
from tests.s3_server import Identity
from voxpop import (
    DataError,
    ObjectStore,
    Registry,
    StoreAccessError,
    StoreError,
    StoreRegistry,
    check_store,
    push_shards,
)
from voxpop.testing import RecordingListener, make_bundle
from voxpop_plugins.s3.amazon_polarity.config import AmazonPolarityConfig
from voxpop_plugins.s3.config import S3RegistryConfig, S3StoreConfig
from voxpop_plugins.s3.plugin import load, open_registry, open_store

PAGE = Path(__file__).parents[3] / "docs" / "s3.md"
BUCKET, PREFIX = "my-models", "voxpop/production"  # as on the page
ROOT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::*"}],
}
REVIEWS, REVIEWS_PREFIX = "my-reviews", "amazon_polarity"


@dataclass(frozen=True)
class Moto:
    """A server that enforces policies, and who may do what there."""

    url: str
    identities: dict[str, Identity]

    def registry(self, who: str, patch: pytest.MonkeyPatch) -> Registry:
        act_as(self.identities[who], patch)
        return open_registry(
            S3RegistryConfig(bucket=BUCKET, prefix=PREFIX, endpoint_url=self.url, attempts=2)
        )


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    with moto_server(tmp_path_factory.mktemp("moto") / "log.txt") as url:
        yield Moto(url, _set_up(url))


def _set_up(url: str) -> dict[str, Identity]:
    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="root",
            aws_secret_access_key="root",
        )

    client("s3").create_bucket(Bucket=BUCKET)
    client("s3").create_bucket(Bucket=REVIEWS)
    client("s3").put_object(Bucket=BUCKET, Key="other/secret", Body=b"not theirs")
    iam, identities = client("iam"), {}
    for who, policy in {**policies(), "root": ROOT}.items():
        iam.create_user(UserName=who)
        iam.put_user_policy(UserName=who, PolicyName="p", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=who)["AccessKey"]
        identities[who] = Identity(key["AccessKeyId"], key["SecretAccessKey"])
    enforce_iam(url)
    return identities


def policies() -> dict[str, dict[str, Any]]:
    """Give the page's policies."""
    blocks = re.findall(r"```json\n(\{\n  \"Version\".*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    reader, writer, pusher, admin = map(json.loads, blocks)
    read_reviews = json.dumps(reader).replace(BUCKET, REVIEWS).replace(PREFIX, REVIEWS_PREFIX)
    return {
        "reader": reader,
        "writer": writer,
        "admin": admin,
        "pusher": pusher,
        "reader of reviews": json.loads(read_reviews),
    }


def test_each_policy_allows_its_work_and_no_more(
    moto: Moto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in (1, 2):
        make_bundle(tmp_path / f"{seed}", seed=seed)

    writing = moto.registry("writer", monkeypatch)
    versions = [writing.publish(tmp_path / f"{seed}") for seed in (1, 2)]
    writing.move_alias("champion", versions[0], expected=None)
    for turn in range(60):  # older moves go into segments
        writing.move_alias("champion", versions[1 - turn % 2], expected=versions[turn % 2])
    with pytest.raises(StoreAccessError):
        writing.delete(versions[1])
    assert list(writing.versions()) == sorted(versions)

    reading = moto.registry("reader", monkeypatch)
    assert reading.resolve("champion") == versions[0]
    reading.fetch(versions[0], tmp_path / "fetched")
    assert reading.manifest(versions[0]).labels
    assert len(reading.history("champion")) == 61
    with pytest.raises(StoreAccessError):
        reading.move_alias("champion", versions[1], expected=versions[0])
    make_bundle(tmp_path / "3", seed=3)
    with pytest.raises(StoreAccessError):
        reading.publish(tmp_path / "3")

    ruling = moto.registry("admin", monkeypatch)
    ruling.delete(versions[1])
    assert list(ruling.versions()) == [versions[0]]


def test_an_admin_collects_the_parts_of_killed_uploads(
    moto: Moto, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def client(who: str) -> Any:
        act_as(moto.identities[who], monkeypatch)
        return boto3.session.Session().client("s3", endpoint_url=moto.url)

    def begin(key: str) -> None:
        s3 = client("writer" if key.startswith(PREFIX) else "root")
        upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
        s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=1, Body=b"part")

    file = "versions/v-0123456789abcdef/model/model.onnx"
    for key in (f"{PREFIX}/{file}", f"{PREFIX}/notes", f"other/{file}"):
        begin(key)
    assert collected(moto.registry("writer", monkeypatch)) == []
    assert "unfinished uploads stay behind" in caplog.text  # the writer may not list them
    ruling = moto.registry("admin", monkeypatch)
    # By moto, every upload began in 2010.
    assert collected(ruling) == [f"{file} (parts of an unfinished upload)"]
    listed = client("root").list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    assert {each["Key"] for each in listed} == {f"other/{file}", f"{PREFIX}/notes"}


def collected(registry: Registry) -> list[str]:
    assert isinstance(registry, StoreRegistry)
    return registry.gc()


def test_a_push_needs_no_right_to_delete_and_a_reader_of_reviews_none_to_write(
    moto: Moto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = S3StoreConfig(bucket=REVIEWS, prefix=REVIEWS_PREFIX, endpoint_url=moto.url, attempts=2)

    def acting(who: str) -> ObjectStore:
        act_as(moto.identities[who], monkeypatch)
        return open_store(place)

    manifest = fetch(tmp_path / "data")
    pushing = acting("pusher")
    assert push_shards(tmp_path / "data", pushing).sent == tuple(sorted(manifest.files))
    other = fetch(tmp_path / "data", ROWS[::-1], replace=True)
    push_shards(tmp_path / "data", pushing, replace=True)
    assert check_store(pushing, download=True) == (other, [])

    reading = acting("reader of reviews")
    assert check_store(reading, download=True) == (other, [])
    config = AmazonPolarityConfig(**place.model_dump())
    assert len(load(config, RecordingListener()).train) == len(ROWS)
    fetch(tmp_path / "data", ROWS[:15], replace=True)
    with pytest.raises(StoreAccessError):
        push_shards(tmp_path / "data", reading, replace=True)
    assert check_store(reading, download=True) == (other, [])

    with pytest.raises(StoreAccessError):  # files of the old one are to be deleted
        push_shards(tmp_path / "data", acting("pusher"), replace=True)
    with pytest.raises(DataError, match="still being written"):
        check_store(reading)


@pytest.mark.parametrize("who", ["reader", "writer", "admin", "pusher"])
def test_no_policy_reaches_beyond_its_prefix(
    moto: Moto, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    act_as(moto.identities[who], monkeypatch)
    store = open_store(
        S3StoreConfig(bucket=BUCKET, prefix="other", endpoint_url=moto.url, attempts=2)
    )
    with pytest.raises(StoreAccessError):
        store.read("secret")
    with pytest.raises(StoreError):
        store.write("secret", b"mine", expected=None)
    with pytest.raises(StoreAccessError):
        store.delete("secret")


def test_wrong_keys_are_refused(moto: Moto, monkeypatch: pytest.MonkeyPatch) -> None:
    known = moto.identities["reader"]
    wrong = Moto(moto.url, {"reader": Identity(known.key, "wrong")})
    with pytest.raises(StoreAccessError):
        wrong.registry("reader", monkeypatch).resolve("champion")
