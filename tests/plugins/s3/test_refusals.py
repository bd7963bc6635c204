"""What a person reads when S3 refuses: one line that says what to do."""

from __future__ import annotations

import datetime
import socket
from collections.abc import Callable, Iterator

import botocore.auth
import pytest
from pydantic import ValidationError

from tests.fault_proxy import FaultProxy
from tests.plugins.s3.conftest import BUCKET, act_as
from tests.s3_server import READER, WRITER, Identity, SeaweedFS
from voxpop import ObjectNotFoundError, StoreAccessError, StoreError, StoreUnavailableError
from voxpop_plugins.s3.config import S3StoreConfig
from voxpop_plugins.s3.plugin import open_store

WRONG_REGION = {
    "moved": (
        301,
        "<Error><Code>PermanentRedirect</Code><Message>The bucket you are attempting to access "
        "must be addressed using the specified endpoint.</Message><Bucket>voxpop-tests</Bucket>"
        "<Endpoint>voxpop-tests.s3.eu-central-1.amazonaws.com</Endpoint></Error>",
    ),
    "signed for another": (
        400,
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is "
        "malformed; the region 'us-west-2' is wrong; expecting 'eu-central-1'</Message>"
        "<Region>eu-central-1</Region></Error>",
    ),
}


def read(config: S3StoreConfig) -> object:
    return open_store(config).read("aliases/champion.json")


def write(config: S3StoreConfig) -> object:
    return open_store(config).write("aliases/champion.json", b"{}", expected=None)


@pytest.fixture
def proxy(server: SeaweedFS) -> Iterator[FaultProxy]:
    with FaultProxy(server.url).running() as running:
        yield running


@pytest.mark.parametrize("action", [read, write])
def test_a_bucket_that_is_not_there(
    server: SeaweedFS, action: Callable[[S3StoreConfig], object]
) -> None:
    config = S3StoreConfig(bucket="no-such-bucket", endpoint_url=server.url, region="us-east-1")
    message = refusal(StoreError, action, config)
    assert message.startswith(f"There is no bucket 'no-such-bucket' at {server.url}.")
    assert "`bucket`" in message


@pytest.mark.parametrize(
    "identity", [Identity("nobody", WRITER.secret), Identity(WRITER.key, "wrong-secret")]
)
def test_a_wrong_key_or_secret(
    config: S3StoreConfig, monkeypatch: pytest.MonkeyPatch, identity: Identity
) -> None:
    act_as(identity, monkeypatch)
    message = refusal(StoreAccessError, read, config)
    assert "does not accept the access key" in message
    assert "AWS_SECRET_ACCESS_KEY" in message
    assert identity.secret not in message


def test_no_right_to_write(config: S3StoreConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    act_as(READER, monkeypatch)
    message = refusal(StoreAccessError, write, config)
    assert "AccessDenied" in message
    assert "docs/s3.md" in message


def test_a_wrong_clock(config: S3StoreConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    def an_hour_ago(remove_tzinfo: bool = True) -> datetime.datetime:
        now = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
        return now.replace(tzinfo=None) if remove_tzinfo else now

    monkeypatch.setattr(botocore.auth, "get_current_datetime", an_hour_ago)
    message = refusal(StoreAccessError, read, config)
    assert message.startswith("The clock of this machine")


@pytest.mark.parametrize("answer", WRONG_REGION.values(), ids=WRONG_REGION.keys())
@pytest.mark.parametrize("action", [read, write])
def test_a_wrong_region(
    proxy: FaultProxy, action: Callable[[S3StoreConfig], object], answer: tuple[int, str]
) -> None:
    status, document = answer
    headers = {"Content-Type": "application/xml", "x-amz-bucket-region": "eu-central-1"}
    proxy.plan.answer = status, headers, document.encode()
    config = S3StoreConfig(bucket=BUCKET, endpoint_url=proxy.url, region="us-west-2")
    message = refusal(StoreError, action, config)
    assert "is not in the region 'us-west-2'" in message
    assert "`region` to 'eu-central-1'" in message


def test_no_credentials(config: S3StoreConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    message = refusal(StoreAccessError, read, config)
    assert message.startswith("This process has no usable AWS credentials")


def test_an_unknown_profile(config: S3StoreConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    message = refusal(StoreAccessError, open_store, config)
    assert "nobody" in message


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    config = S3StoreConfig(bucket=BUCKET, endpoint_url=url, attempts=2)
    message = refusal(StoreUnavailableError, read, config)
    assert message.startswith(f"{url} does not answer")
    assert "asked 2 times" in message
    assert "`endpoint_url`" in message


def test_a_server_without_conditional_writes_is_asked_once(proxy: FaultProxy) -> None:
    document = (
        b"<Error><Code>NotImplemented</Code><Message>A header you provided implies functionality "
        b"that is not implemented.</Message></Error>"
    )
    for body in (document, b""):
        proxy.plan.begin(None)
        proxy.plan.answer = 501, {"Content-Type": "application/xml"}, body
        message = refusal(StoreError, write, S3StoreConfig(bucket=BUCKET, endpoint_url=proxy.url))
        assert "whether that server supports conditional writes" in message
        assert len(proxy.plan.requests) == 1


def test_a_server_that_the_aws_settings_name_is_called_by_its_name(
    server: SeaweedFS, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url.replace("127.0.0.1", "localhost"))
    store = open_store(S3StoreConfig(bucket=BUCKET, attempts=1))
    with pytest.raises(ObjectNotFoundError):
        store.read("absent")
    [line] = proxy.plan.requests
    assert line == f"GET /{BUCKET}/absent"  # the bucket in the path, not in a host of its own
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    message = refusal(StoreUnavailableError, read, S3StoreConfig(bucket=BUCKET, attempts=1))
    assert message.startswith("http://127.0.0.1:1 does not answer")


@pytest.mark.parametrize(
    "options",
    [
        {"bucket": "s3://voxpop"},
        {"bucket": "Voxpop"},
        {"bucket": "voxpop", "prefix": "a/../b"},
        {"bucket": "voxpop", "prefix": "a//b"},
        {"bucket": "voxpop", "endpoint_url": "127.0.0.1:8333"},
        {"bucket": "voxpop", "endpoint_url": "http://key:secret@127.0.0.1:8333"},
        {"bucket": "voxpop", "endpoint_url": "http://127.0.0.1:99999"},
        {"bucket": "voxpop", "secret_access_key": "s"},
    ],
)
def test_options_that_cannot_be_used(options: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        S3StoreConfig.model_validate(options)


@pytest.mark.parametrize(
    ("prefix", "kept"), [("", ""), ("/", ""), ("a", "a/"), ("/a/b/", "a/b/"), ("a b", "a b/")]
)
def test_a_prefix_ends_with_one_slash(prefix: str, kept: str) -> None:
    config = S3StoreConfig(bucket="voxpop", prefix=prefix)
    assert config.prefix == kept
    assert S3StoreConfig(**config.model_dump()) == config


def refusal(
    expected: type[StoreError], action: Callable[[S3StoreConfig], object], config: S3StoreConfig
) -> str:
    with pytest.raises(expected) as raised:
        action(config)
    assert "\n" not in str(raised.value)
    return str(raised.value)
