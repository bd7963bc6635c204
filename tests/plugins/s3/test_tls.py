"""A server behind https:// with a certificate of our own making."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.fault_proxy import FaultProxy
from tests.plugins.s3.conftest import BUCKET
from tests.s3_server import SeaweedFS
from voxpop import StoreRegistry, StoreUnavailableError, verify_bundle
from voxpop.testing import make_bundle
from voxpop_plugins.s3.config import S3RegistryConfig, S3StoreConfig
from voxpop_plugins.s3.plugin import open_registry, open_store


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate of 127.0.0.1 that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Voxpop's tests")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(pem)
    )
    return file


@pytest.fixture
def proxy(server: SeaweedFS, certificate: Path) -> Iterator[FaultProxy]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with FaultProxy(server.url, context).running() as running:
        assert running.url.startswith("https://")
        yield running


def test_a_certificate_of_ones_own_is_trusted_by_aws_ca_bundle(
    proxy: FaultProxy, certificate: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    registry = open_registry(
        S3RegistryConfig(bucket=BUCKET, prefix="tls", endpoint_url=proxy.url, attempts=1)
    )
    make_bundle(tmp_path / "bundle")
    version = registry.publish(tmp_path / "bundle")
    registry.move_alias("champion", version, expected=None)
    assert registry.resolve("champion") == version
    registry.fetch(version, tmp_path / "fetched")
    assert verify_bundle(tmp_path / "fetched", version)[1] == version


@pytest.mark.parametrize("trusted", ["nothing of ours", "no file", "no certificate"])
def test_a_certificate_that_is_not_trusted_is_told_at_once(
    proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trusted: str
) -> None:
    if trusted != "nothing of ours":
        monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    if trusted == "no certificate":
        (tmp_path / "ca.pem").write_text("nothing\n")
    message = refusal(proxy.url)
    assert message.startswith(f"The certificate of {proxy.url} is not trusted")
    assert proxy.plan.connections <= 1  # it may be counted a moment later, or not be made at all
    assert "AWS_CA_BUNDLE" in message


def test_a_server_that_does_not_speak_tls_is_told_at_once(server: SeaweedFS) -> None:
    url = server.url.replace("http:", "https:")
    message = refusal(url)
    assert message.startswith(f"The certificate of {url} is not trusted, or it does not speak TLS")


def test_a_handshake_that_is_cut_is_made_again(
    proxy: FaultProxy, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    config = S3StoreConfig(bucket=BUCKET, prefix="tls", endpoint_url=proxy.url, attempts=3)
    proxy.plan.cut_handshakes = 2
    assert list(StoreRegistry(open_store(config)).versions()) is not None
    assert proxy.plan.cut_handshakes == 0
    proxy.plan.cut_handshakes = 3
    message = refusal(proxy.url, attempts=3)
    assert message.startswith(f"{proxy.url} does not answer")
    assert "asked 3 times" in message


def refusal(url: str, attempts: int = 6) -> str:
    store = open_store(S3StoreConfig(bucket=BUCKET, endpoint_url=url, attempts=attempts))
    with pytest.raises(StoreUnavailableError) as raised:
        store.read("key")
    message = str(raised.value)
    assert "\n" not in message
    return message
