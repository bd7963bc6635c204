"""The image of the API: small, locked up, quick to be ready, honest about a broken model."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.images.containers import (
    Container,
    inspect,
    megabytes,
    mounted,
    run_on_a_volume,
    running,
)
from tests.s3_server import READER, SeaweedFS
from tests.serve_program import BUCKET, registry_variables, s3_client
from voxpop_apps.web.keys import new_key

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

READY_S = 3.0
LARGEST_MB = 450
FORBIDDEN = ("tensorflow", "keras", "torch", "jax", "pandas", "scipy", "sklearn", "datasets", "pip")


@pytest.fixture(scope="module")
def variables(s3: SeaweedFS, champion: str) -> dict[str, str]:
    """Give the environment of an API that may read the bucket, and nothing else."""
    assert champion.startswith("v-")
    return registry_variables(s3.url) | {
        "AWS_ACCESS_KEY_ID": READER.key,
        "AWS_SECRET_ACCESS_KEY": READER.secret,
        "VOXPOP_API_POLL_S": "0.2",
    }


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Give a key, and the option that shows a file with it to a container."""
    key, line = new_key("shop")
    file = tmp_path_factory.mktemp("keys") / "keys"
    file.write_text(line + "\n", encoding="utf-8")
    file.chmod(0o644)  # the container's user is another than this one
    return key, f"--volume={file}:/run/keys:ro"


@pytest.fixture(scope="module")
def api(
    api_image: str,
    variables: dict[str, str],
    keys: tuple[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Container]:
    given = {**variables, "VOXPOP_API_KEYS_FILE": "/run/keys"}
    scratch = tmp_path_factory.mktemp("api")
    with running(
        api_image, scratch, given, port_variable="VOXPOP_API_PORT", options=[keys[1]]
    ) as container:
        yield container


def predict(container: Container, key: str, content: str) -> dict[str, object]:
    asked = urllib.request.Request(
        f"{container.url}/predict",
        data=json.dumps({"content": content}).encode(),
        headers={"Content-Type": "application/json", "X-API-Key": key},
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        told: dict[str, object] = json.load(answer)
    return told


def test_the_image_says_what_it_is(api_image: str) -> None:
    config = inspect(api_image)
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["voxpop"]
    assert config["Cmd"] == ["serve"]
    assert list(config["ExposedPorts"]) == ["8080/tcp"]
    assert "/health/ready" in config["Healthcheck"]["Test"][-1]
    assert config["Healthcheck"]["Test"][0] == "CMD"  # no shell between it and Python
    labels = {name.rpartition(".")[2]: value for name, value in config["Labels"].items()}
    assert labels["revision"] == "0123abc"
    assert labels["source"] == "https://git.example/voxpop"
    assert labels["version"] == "0.1.0"
    assert "VOXPOP_API_REVISION=0123abc" in config["Env"]


def test_the_image_holds_what_answers_and_nothing_else(
    api_image: str, tell: Callable[[str], None]
) -> None:
    size = megabytes(api_image)
    tell(f"API image: {size:.0f} MB")
    assert size <= LARGEST_MB
    with mounted(api_image) as root:
        libraries = {path.name for path in (root / "opt/voxpop/libraries").iterdir()}
        program = {path.name for path in (root / "opt/voxpop/program").iterdir()}
        assert {"boto3", "fastapi", "onnxruntime", "opentelemetry"} <= libraries
        assert {"voxpop", "voxpop_apps", "voxpop_plugins"} <= program
        assert not libraries & set(FORBIDDEN)
        tops = [*root.glob("usr/local/lib/python3*/site-packages/*"), *root.glob("build")]
        assert [path.name for path in tops if not path.name.startswith("README")] == []
        tools = [root / "usr/bin" / name for name in ("gcc", "cc", "g++", "make", "curl", "git")]
        assert not [tool for tool in tools if tool.exists()]
        assert not list(root.glob("usr/local/bin/pip*"))
        assert not (root / "etc/pip.conf").exists() or not (root / "etc/pip.conf").read_bytes()
        caches = [root / "root/.cache", root / "tmp/voxpop", root / ".cache"]
        assert not [cache for cache in caches if cache.exists()]
        written = [path for path in (root / "opt").rglob("*") if path.lstat().st_uid != 0]
        assert not written, "the program can change itself"


def test_it_answers_a_version_from_s3_soon_after_its_start(
    api: Container, champion: str, keys: tuple[str, str], tell: Callable[[str], None]
) -> None:
    ready_s = api.until("/health/ready")
    tell(f"start to ready: {ready_s:.2f} s")
    assert ready_s <= READY_S
    told = predict(api, keys[0], "lovely thing")
    assert told["version"] == champion
    assert told["label"] in {"negative", "positive"}
    assert api.healthy()
    request = urllib.request.Request(f"{api.url}/predict", data=b"{}", method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    with refused.value:
        assert refused.value.code == 401


def test_a_volume_at_tmp_can_be_written_to(api_image: str) -> None:
    assert list(inspect(api_image)["Volumes"]) == ["/tmp"]
    run_on_a_volume(api_image, "python", "-c", "open('/tmp/one', 'w').close()")


def test_it_is_locked_up(api: Container) -> None:
    api.until("/health/ready")
    look = (
        "import os; print(os.getuid(), os.getgid());"
        "print(*(line for line in open('/proc/1/status') if line.startswith(('CapEff', 'NoNew'))));"
        "print([path for path in ('/', '/opt/voxpop', '/etc') if os.access(path, os.W_OK)])"
    )
    told = api.run("python", "-c", look).split()
    assert told == ["10001", "10001", "CapEff:", "0" * 16, "NoNewPrivs:", "1", "[]"]


def test_without_keys_it_says_what_is_missing(
    api_image: str, variables: dict[str, str], tmp_path: Path
) -> None:
    with running(api_image, tmp_path, variables, port_variable="VOXPOP_API_PORT") as container:
        deadline = time.monotonic() + 30
        while container.runs():
            assert time.monotonic() < deadline, container.logs()
            time.sleep(0.05)
        said = container.logs()
    assert "VOXPOP_API_KEYS_FILE" in said
    assert "Traceback" not in said


def test_a_stop_lets_requests_end(
    api_image: str,
    variables: dict[str, str],
    keys: tuple[str, str],
    tmp_path: Path,
    tell: Callable[[str], None],
) -> None:
    given = {**variables, "VOXPOP_API_KEYS_FILE": "/run/keys"}
    body = json.dumps({"content": "lovely thing"}).encode()
    head = (
        "POST /predict HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\n"
        f"X-API-Key: {keys[0]}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with running(
        api_image, tmp_path, given, port_variable="VOXPOP_API_PORT", options=[keys[1]]
    ) as container:
        container.until("/health/ready")
        address = ("127.0.0.1", int(container.url.rpartition(":")[2]))
        with (
            socket.create_connection(address, timeout=20) as caller,
            ThreadPoolExecutor(1) as beside,
        ):
            caller.sendall(head.encode() + body[:5])
            container.until("/health/ready")  # by now the request before has begun
            stopped = beside.submit(container.stop)
            while container.status("/health/live") is not None:
                time.sleep(0.02)
            caller.sendall(body[5:])
            answer = b"".join(iter(lambda: caller.recv(65_536), b""))
            status, seconds = stopped.result(30)
        assert answer.startswith(b"HTTP/1.1 200"), answer
        assert b'"label":' in answer
        assert status == 0, container.logs()
    tell(f"stop with a request under way: {seconds:.2f} s")
    assert seconds < 8


def test_a_broken_model_is_unhealthy(
    api_image: str,
    s3: SeaweedFS,
    variables: dict[str, str],
    champion: str,
    tmp_path: Path,
) -> None:
    client = s3_client(s3.url)
    (key,) = [
        entry["Key"]
        for entry in client.list_objects_v2(Bucket=BUCKET)["Contents"]
        if champion in entry["Key"] and entry["Key"].endswith("model.onnx")
    ]
    stored = client.get_object(Bucket=BUCKET, Key=key)
    sound = stored["Body"].read()
    client.put_object(Bucket=BUCKET, Key=key, Body=sound[:-1] + bytes([sound[-1] ^ 1]))
    try:
        given = {**variables, "VOXPOP_API_AUTH": "off"}
        with running(api_image, tmp_path, given, port_variable="VOXPOP_API_PORT") as container:
            container.until("/health/live")
            container.until("/health/ready", 503)
            assert not container.healthy()
            assert "is damaged" in container.logs()
    finally:
        client.put_object(Bucket=BUCKET, Key=key, Body=sound, Metadata=stored["Metadata"])
