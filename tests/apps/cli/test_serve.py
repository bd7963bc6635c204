"""`voxpop serve` and `voxpop api-key`: the real program, real sockets, real signals."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

Voxpop = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., "Server"]


class Server:
    """A running `voxpop serve`."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process = process
        self.url = url

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
            )
        server = Server(process, "")
        servers.append(server)
        while not (found := re.search(r" at (http://\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.02)
        server.url = found[1]
        end = time.monotonic() + 60
        while ready and time.monotonic() < end:
            try:
                if httpx.get(f"{server.url}/health/ready").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            assert process.poll() is None
            time.sleep(0.02)
        return server

    yield start
    for server in servers:
        server.stop()


def predict(server: Server, **headers: str) -> httpx.Response:
    return httpx.post(f"{server.url}/predict", json={"content": "lovely thing"}, headers=headers)


def test_the_api_says_what_the_command_line_says(
    serve: Serve, voxpop: Voxpop, trained: str
) -> None:
    told: Any = predict(serve()).json()
    line = voxpop("predict", "--json", "lovely thing").stdout
    expected = json.loads(line)
    assert (told["version"], told["label"]) == (trained, expected["label"])
    assert told["confidence"] == pytest.approx(expected["confidence"], abs=1e-5)


def test_a_stop_lets_requests_end(serve: Serve, trained: str) -> None:
    server = serve()
    host, port = server.url.removeprefix("http://").split(":")
    body = b'{"content": "lovely thing"}'
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)
        )
        time.sleep(0.2)  # the request has begun before the server is told to stop
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        slow.sendall(body)
        slow.settimeout(30)
        answer = slow.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 200")
    assert server.stop() in (0, -signal.SIGTERM, 128 + signal.SIGTERM)


def test_workers_answer_and_count_together(serve: Serve, trained: str) -> None:
    server = serve("--workers", "2")
    for _ in range(6):
        assert predict(server).status_code == 200
    told = httpx.get(f"{server.url}/metrics").text
    assert 'voxpop_requests_total{route="/predict",status="200"} 6.0' in told


def test_keys_are_made_used_and_removed(serve: Serve, voxpop: Voxpop, trained: str) -> None:
    key = voxpop("api-key", "new", "shop", "--file", "keys").stdout.strip()
    server = serve("--keys-file", "keys")
    assert predict(server).status_code == 401
    assert predict(server, Authorization=f"Bearer {key}").status_code == 200
    assert voxpop("api-key", "new", "shop", "--file", "keys").returncode == 2
    assert "shop" in voxpop("api-key", "list", "--file", "keys").stdout
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
