"""A real server whose callers hang up while they wait: what they asked for is never worked on."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.api_client import Tampered, make_api, running


@pytest.mark.parametrize("path", ["/predict", "/explain"])
def test_who_hangs_up_while_waiting_costs_no_work(tmp_path: Path, path: str) -> None:
    app = make_api(tmp_path)
    go_on = threading.Event()
    seen: list[str] = []

    def before(text: str) -> None:
        seen.append(text)
        if text == "wait":
            assert go_on.wait(60)

    with (
        running(app) as address,
        ThreadPoolExecutor(1) as pool,
        httpx.Client(base_url=f"http://{address}", timeout=60) as client,
    ):
        classifier = app.state.service.follower.current().classifier
        classifier.tokenizer = Tampered(classifier.tokenizer, before)
        busy = pool.submit(client.post, "/predict", json={"content": "wait"})
        try:
            until(lambda: seen == ["wait"])
            left = send(address, path, "gone already")
            until(lambda: waiting(client) > 1)
            left.close()
            gone = f'voxpop_requests_total{{route="{path}",status="499"}} 1.0'
            until(lambda: gone in client.get("/metrics").text)
            assert waiting(client) == 1
        finally:
            go_on.set()
        assert busy.result().status_code == 200
        # What was queued before this is done before it, if it is done at all.
        assert client.post("/explain", json={"content": "next"}).status_code == 200
    assert "next" in seen
    assert not [text for text in seen if "gone" in text or "already" in text]


def send(address: str, path: str, text: str) -> socket.socket:
    """Send a request, and wait for nothing."""
    host, _, port = address.partition(":")
    body = json.dumps({"content": text}).encode()
    connection = socket.create_connection((host, int(port)))
    connection.sendall(
        f"POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n".encode()
        + body
    )
    return connection


def waiting(client: httpx.Client) -> int:
    told: int = client.get("/health").json()["waiting_reviews"]
    return told


def until(holds: Callable[[], object], wait_s: float = 30.0) -> None:
    end = time.monotonic() + wait_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)
