"""What a connection may hold, and for how long it is waited for."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import time
from collections.abc import Iterator
from typing import Any, BinaryIO

import pytest

from tests.api_client import make_api, running
from voxpop_apps.api.connections import MOST_HEADER_BYTES

START = b"POST /predict HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\n"
READ_AT_ONCE = 262_144  # bytes, by asyncio and uvloop
DEADLINE_S = 1.0


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOXPOP_REGISTRY__NAME", "memory")
        patch.setenv("VOXPOP_HOME", str(tmp_path_factory.mktemp("home")))
        with running(make_api(tmp_path_factory.mktemp("api"), deadline_s=DEADLINE_S)) as address:
            yield address


@contextlib.contextmanager
def connected(address: str) -> Iterator[socket.socket]:
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        yield connection


def answer(connection: socket.socket) -> tuple[int, Any]:
    """Give the status and the JSON of the one answer that comes."""
    with connection.makefile("rb") as stream:
        return next_answer(stream)


def next_answer(stream: BinaryIO) -> tuple[int, Any]:
    """Give the status and the JSON of the next answer."""
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline().rstrip()) != b"":
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return status, json.loads(stream.read(length))


def pour(connection: socket.socket, data: bytes, times: int) -> int:
    """Send the same again and again until the other side hangs up; give how many bytes it took."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        for _ in range(times):
            connection.sendall(data)
            sent += len(data)
    return sent


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 20\r\n\r\n",
        b"Content-Length: 20\r\n\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    ],
)
def test_a_body_is_waited_for_until_the_deadline(address: str, rest: bytes) -> None:
    with connected(address) as connection:
        started = time.monotonic()
        connection.sendall(START + b"X-Deadline-Ms: 200\r\n" + rest)
        status, problem = answer(connection)
        assert (status, problem["code"]) == (504, "deadline-exceeded")
        assert 0.15 < time.monotonic() - started < 10
    with connected(address) as connection:
        connection.sendall(START + rest)
        assert answer(connection)[0] == 504


def test_a_body_may_come_later_than_its_headers(address: str) -> None:
    with connected(address) as connection:
        for _ in range(2):  # on one connection
            connection.sendall(START + b"Content-Length: 20\r\nExpect: 100-continue\r\n\r\n")
            assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b'{"content":"lovely"}')
            assert answer(connection)[0] == 200
        both = START + b'Content-Length: 20\r\n\r\n{"content":"lovely"}'
        connection.sendall(both)
        assert answer(connection)[0] == 200


@pytest.mark.parametrize("length", [b"0" * 5_000 + b"20", b"0" * 5_000, b"9" * 5_000])
def test_a_length_of_any_length_is_understood(address: str, length: bytes) -> None:
    with connected(address) as connection:
        connection.sendall(START + b"Content-Length: " + length + b'\r\n\r\n{"content":"lovely"}')
        status = int(connection.recv(12).split()[1])
    assert status in ((200,) if length.endswith(b"20") else (400, 413))


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"GET /health/live HTTP/1.1\r\n", b"X-Filler: " + b"a" * 1_000 + b"\r\n"),
        (b"GET /health/live HTTP/1.1\r\nX-Filler: ", b"a" * 1_000),
        (b"GET /", b"a" * 1_000),
        (b"", b"\r\n" * 500),
    ],
)
def test_headers_without_end_are_cut_off(address: str, begin: bytes, more: bytes) -> None:
    with connected(address) as connection:
        connection.sendall(begin)
        sent = pour(connection, more, 100_000)
    # What lies in the kernel's buffers was sent and never read.
    assert MOST_HEADER_BYTES < sent < MOST_HEADER_BYTES + READ_AT_ONCE + 16_000_000


def test_whose_headers_are_too_large_is_told(address: str) -> None:
    with connected(address) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nX-Filler: ")
        sent = 0
        # Piece by piece: of what it has not read when it hangs up a server's answer may be lost.
        while not select.select([connection], [], [], 0.1)[0]:
            assert sent < MOST_HEADER_BYTES + READ_AT_ONCE
            connection.sendall(b"a" * 8_192)
            sent += 8_192
        status, problem = answer(connection)
        assert (status, problem["code"]) == (431, "headers-too-large")
        assert connection.recv(1) == b""


def test_what_follows_a_body_is_cut_off_too(address: str) -> None:
    with connected(address) as connection:
        connection.sendall(START + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n")
        sent = pour(connection, b"X-Filler: " + b"a" * 1_000 + b"\r\n", 100_000)
    assert sent < MOST_HEADER_BYTES + READ_AT_ONCE + 16_000_000


def test_large_headers_within_the_limit_are_read(address: str) -> None:
    with connected(address) as connection:
        filler = b"X-Filler: " + b"a" * (MOST_HEADER_BYTES - 1_000) + b"\r\n"
        body = b'{"content":"%s"}' % (b"lovely " * 10_000)  # more than is allowed of headers
        for _ in range(2):
            connection.sendall(START + filler + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            assert answer(connection)[0] == 200


def test_requests_that_come_before_their_turn_are_answered(address: str) -> None:
    body = b'{"content":"%s"}' % (b"lovely " * 10_000)
    whole = START + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with connected(address) as connection:
        connection.sendall(whole * 3 + b"GET /health/live HTTP/1.1\r\nHost: api\r\n\r\n")
        with connection.makefile("rb") as stream:
            assert [next_answer(stream)[0] for _ in range(4)] == [200, 200, 200, 200]
