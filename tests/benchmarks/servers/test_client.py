"""The load client counts right answers, wrong ones, errors and broken connections."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from benchmarks.servers.client import load
from benchmarks.servers.contenders import ECHO

SECONDS = 1.0
TEXTS = ["A fine lamp.", "It broke; caf\u00e9 \U0001f600"]


@contextmanager
def server(answer: Callable[[BaseHTTPRequestHandler, bytes], None]) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            assert self.headers["X-Sent"] == "yes"
            answer(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield running.server_port
        finally:
            running.shutdown()
            thread.join()


def loaded(port: int, folder: Path, concurrency: int = 3) -> dict[str, Any]:
    asked = folder / "asked.json"
    asked.write_text(json.dumps({"texts": TEXTS, "expected": [0.1, 0.9]}), encoding="utf-8")
    return load(
        contender=ECHO,
        port=port,
        pid=os.getpid(),
        headers={"X-Sent": "yes"},
        asked=str(asked),
        concurrency=concurrency,
        seconds=SECONDS,
    )


def whole(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def chunked(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for part in (body[:7], body[7:]):
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
    handler.wfile.write(b"0\r\n\r\n")


@pytest.mark.parametrize("answer", [whole, chunked])
def test_right_answers_are_timed(
    answer: Callable[[BaseHTTPRequestHandler, bytes], None], tmp_path: Path
) -> None:
    with server(answer) as port:
        told = loaded(port, tmp_path)
    assert told["requests"] >= 3  # one a connection, however busy the machine
    assert (told["errors"], told["wrong"]) == (0, 0)
    assert 0 < told["p50_ms"] <= told["p99_ms"]
    assert 0 < told["requests_per_s"] <= told["requests"] / SECONDS
    assert told["cpu_s_per_1000"] > 0


def test_wrong_answers_and_errors_are_counted(tmp_path: Path) -> None:
    def fail_on_the_second(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if b"broke" in body:
            whole(handler, b"{}", status=503)
        else:
            whole(handler, b'{"content": "something else"}')

    with server(fail_on_the_second) as port:
        told = loaded(port, tmp_path)
    assert told["errors"] > 0
    assert told["wrong"] > 0
    assert told["errors"] + told["wrong"] == told["requests"]


def test_a_connection_that_breaks_is_an_error_and_is_made_anew(tmp_path: Path) -> None:
    def hang_up_at_first(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if broken.acquire(blocking=False):
            handler.close_connection = True  # without an answer
        else:
            whole(handler, body)

    broken = threading.Semaphore(2)
    with server(hang_up_at_first) as port:
        told = loaded(port, tmp_path)
    assert told["errors"] == 2
    assert told["requests"] >= 3
    assert told["wrong"] == 0
