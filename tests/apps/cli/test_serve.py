"""`voxpop serve` and `voxpop api-key`: the real program, real sockets, real signals."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from tests.fault_proxy import Fault, FaultProxy
from voxpop import Plugins, Settings, open_registry
from voxpop.testing import make_bundle

Voxpop = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., "Server"]


class Server:
    """A running `voxpop serve`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log
        self.url = ""

    def wait_for(self, path: str) -> None:
        """Wait until this path answers 200."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}{path}").status_code == 200:
                    return
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.02)
        pytest.fail(f"{path} never answered 200: {self.log.read_text()}")

    def stop(self, sent: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(sent)
        return self.process.wait(60)


@pytest.fixture
def serve(program: list[str], environment: dict[str, str], tmp_path: Path) -> Iterator[Serve]:
    """Start the program on a free port, wait until it is ready, stop it in the end."""
    servers: list[Server] = []

    def start(*arguments: str, ready: bool = True, **variables: str) -> Server:
        log = tmp_path / f"serve-{len(servers)}.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [*program, "serve", "--port", "0", *arguments],
                env=environment | variables,
                cwd=tmp_path,
                stderr=stream,
                start_new_session=True,
            )
        server = Server(process, log)
        servers.append(server)
        while not (found := re.search(r" at (http://\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.02)
        server.url = found[1]
        server.wait_for("/health/ready" if ready else "/health/live")
        return server

    yield start
    for server in servers:
        server.stop()


def predict(server: Server, **headers: str) -> httpx.Response:
    return httpx.post(
        f"{server.url}/predict", json={"content": "lovely thing"}, headers=headers, timeout=60
    )


def test_the_api_says_what_the_command_line_says(
    serve: Serve, voxpop: Voxpop, trained: str
) -> None:
    told: Any = predict(serve()).json()
    line = voxpop("predict", "--json", "lovely thing").stdout
    expected = json.loads(line)
    assert (told["version"], told["label"]) == (trained, expected["label"])
    assert told["confidence"] == pytest.approx(expected["confidence"], abs=1e-5)


def workers_options(workers: int) -> list[str]:
    return ["--workers", str(workers)] if workers > 1 else []


@contextlib.contextmanager
def begun_request(server: Server) -> Iterator[Callable[[], bytes]]:
    """Send half of a request, that the server has in hand; gives what sends the other half."""
    host, port = server.url.removeprefix("http://").split(":")
    body = b'{"content": "lovely thing"}'
    with socket.create_connection((host, int(port))) as slow:
        slow.settimeout(30)
        slow.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        assert slow.recv(65_536).startswith(b"HTTP/1.1 100")  # the server waits for the body

        def finish() -> bytes:
            slow.sendall(body)
            return slow.recv(65_536)

        yield finish


def until_refused(server: Server) -> None:
    """Wait until the server takes no connection any more: it stops."""
    host, port = server.url.removeprefix("http://").split(":")
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection((host, int(port))).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.02)
    pytest.fail("the server goes on listening")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_requests_end(
    serve: Serve, trained: str, workers: int, sent: signal.Signals
) -> None:
    server = serve(*workers_options(workers))
    with begun_request(server) as finish:
        if sent is signal.SIGINT:  # as a terminal sends it: to every process
            os.killpg(server.process.pid, sent)
        else:
            server.process.send_signal(sent)
        until_refused(server)
        assert finish().startswith(b"HTTP/1.1 200")
    assert server.process.wait(30) == 0
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("workers", [1, 2])
def test_requests_that_do_not_end_are_broken_off(serve: Serve, trained: str, workers: int) -> None:
    server = serve(*workers_options(workers), VOXPOP_API_DRAIN_S="1")
    with begun_request(server):
        assert server.stop() == 1
    assert "VOXPOP_API_DRAIN_S" in server.log.read_text()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_signal_ends_at_once(serve: Serve, trained: str, workers: int) -> None:
    server = serve(*workers_options(workers), VOXPOP_API_DRAIN_S="600")
    with begun_request(server):
        server.process.send_signal(signal.SIGTERM)
        until_refused(server)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 128 + signal.SIGTERM
    until_refused(server)  # no worker is left behind


@pytest.mark.parametrize("workers", [1, 2])
def test_headers_without_end_are_cut_off(serve: Serve, trained: str, workers: int) -> None:
    server = serve(*workers_options(workers))
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nX-Filler: ")
        with pytest.raises(ConnectionError):
            connection.sendall(b"a" * 100_000_000)


def test_workers_answer_and_count_together(serve: Serve, trained: str) -> None:
    server = serve("--workers", "2")
    for _ in range(6):
        assert predict(server).status_code == 200
    # A worker counts after it has answered, and the other one tells it up to a second later.
    counted = 'voxpop_requests_total{route="/predict",status="200"} 6.0'
    end = time.monotonic() + 60
    while counted not in (told := httpx.get(f"{server.url}/metrics", timeout=60).text):
        assert time.monotonic() < end, told
        time.sleep(0.05)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_the_start_ends_quietly(
    program: list[str], environment: dict[str, str], trained: str, tmp_path: Path, sent: int
) -> None:
    log = tmp_path / "log"
    # From the line that tells the address on, the app is imported and put together.
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*program, "serve", "--port", "0"], env=environment, cwd=tmp_path, stderr=stream
        )
    while " at http://" not in log.read_text():
        assert process.poll() is None, log.read_text()
        time.sleep(0.001)
    process.send_signal(sent)
    assert process.wait(60) in (0, 128 + sent)  # 0: it came when the server heard signals already
    assert "Traceback" not in log.read_text()


def test_keys_are_made_used_and_removed(serve: Serve, voxpop: Voxpop, trained: str) -> None:
    key = voxpop("api-key", "new", "shop", "--file", "keys").stdout.strip()
    server = serve("--keys-file", "keys")
    assert predict(server).status_code == 401
    assert predict(server, Authorization=f"Bearer {key}").status_code == 200
    assert voxpop("api-key", "new", "shop", "--file", "keys").returncode == 2
    assert "shop" in voxpop("api-key", "list", "--file", "keys").stdout
    (listed,) = json.loads(voxpop("api-key", "list", "--file", "keys", "--json").stdout)
    assert listed == {"name": "shop", "sha256": sha256(key.encode()).hexdigest()[:12]}
    last = voxpop("api-key", "remove", "shop", "--file", "keys")
    assert (last.returncode, "make another first" in last.stderr) == (2, True)
    assert predict(server, Authorization=f"Bearer {key}").status_code == 200
    assert voxpop("api-key", "new", "shop-2", "--file", "keys").returncode == 0
    assert voxpop("api-key", "remove", "shop", "--file", "keys").returncode == 0
    end = time.monotonic() + 30
    while predict(server, Authorization=f"Bearer {key}").status_code == 200:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_keys_file_is_its_owners_alone(voxpop: Voxpop, tmp_path: Path) -> None:
    voxpop("api-key", "new", "shop", "--file", "keys")
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600


def test_a_taken_port_is_told(voxpop: Voxpop, trained: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = voxpop("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "taken by another program" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[FaultProxy, str]]:
    """Give a proxy before an S3 registry with a champion, and the champion's version."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    try:
        boto3.client("s3", endpoint_url=url, region_name="us-east-1").create_bucket(Bucket="models")
        at = {"name": "s3", "bucket": "models", "endpoint_url": url, "region": "us-east-1"}
        registry = open_registry(Plugins.load(), Settings(registry=at))
        make_bundle(tmp_path / "bundle")
        version = registry.publish(tmp_path / "bundle")
        registry.move_alias("champion", version, expected=registry.aliases().get("champion"))
        with FaultProxy(url).running() as proxy:
            yield proxy, version
    finally:
        server.stop()


def s3_variables(proxy: FaultProxy) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "VOXPOP_REGISTRY__NAME": "s3",
        "VOXPOP_REGISTRY__BUCKET": "models",
        "VOXPOP_REGISTRY__REGION": "us-east-1",
        "VOXPOP_REGISTRY__ENDPOINT_URL": proxy.url,
        "VOXPOP_REGISTRY__ATTEMPTS": "1",
    }


def test_a_start_asks_once_where_the_alias_leads(serve: Serve, s3: tuple[FaultProxy, str]) -> None:
    proxy, version = s3
    proxy.plan.begin(None)
    server = serve(**s3_variables(proxy), VOXPOP_API_POLL_S="3600")
    assert predict(server).json()["version"] == version
    asked = [request for request in proxy.plan.requests if "aliases/champion" in request]
    assert len(asked) == 1, proxy.plan.requests


def test_a_registry_that_is_down_is_waited_for(serve: Serve, s3: tuple[FaultProxy, str]) -> None:
    proxy, version = s3
    proxy.plan.begin(Fault.BUSY)
    server = serve(ready=False, **s3_variables(proxy), VOXPOP_API_POLL_S="0.2")
    assert "The registry does not answer" in server.log.read_text()
    for refused in (predict(server), httpx.get(f"{server.url}/health/ready", timeout=60)):
        assert (refused.status_code, refused.json()["code"]) == (503, "model-not-ready")
        assert int(refused.headers["Retry-After"]) >= 1
    proxy.plan.begin(None)
    server.wait_for("/health/ready")
    assert predict(server).json()["version"] == version


@pytest.mark.parametrize("workers", [1, 2])
def test_a_registry_that_hangs_does_not_delay_the_stop(
    serve: Serve, s3: tuple[FaultProxy, str], workers: int
) -> None:
    proxy, _ = s3
    variables = s3_variables(proxy) | {"VOXPOP_REGISTRY__TIMEOUT_S": "600"}
    server = serve(*workers_options(workers), **variables, VOXPOP_API_POLL_S="0.1")
    proxy.plan.hang_s = 600.0
    proxy.plan.begin(Fault.HANG)
    end = time.monotonic() + 30
    while proxy.plan.harmed < workers:
        assert time.monotonic() < end
        time.sleep(0.02)
    told_at = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - told_at < 10  # the time to drain is longer, and not needed
    assert "Traceback" not in server.log.read_text()


def test_a_missing_alias_is_told(voxpop: Voxpop, trained: str) -> None:
    done = voxpop("serve", "--port", "0", "--model", "challenger")
    assert done.returncode == 6
    assert "challenger" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_open_door_is_told(voxpop: Voxpop, trained: str) -> None:
    done = voxpop("serve", "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 3
    assert "voxpop api-key new" in done.stderr


def test_a_wrong_setting_is_told(voxpop: Voxpop) -> None:
    done = voxpop("serve", VOXPOP_API_PROT="1")
    assert done.returncode == 3
    assert "VOXPOP_API_PROT" in done.stderr


def test_a_missing_extra_is_named(voxpop: Voxpop, environment: dict[str, str]) -> None:
    hidden = Path(environment["PYTHONPATH"]) / "no-uvicorn"
    hidden.mkdir(exist_ok=True)
    (hidden / "uvicorn.py").write_text("raise ImportError('no uvicorn here')")
    path = f"{hidden}{os.pathsep}{environment['PYTHONPATH']}"
    done = voxpop("serve", PYTHONPATH=path)
    assert done.returncode == 4
    assert 'pip install "voxpop[serve]"' in done.stderr
