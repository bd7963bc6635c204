"""Loads one server from a process of its own; `benchmarks.serving` starts it.

A closed loop over keep-alive connections: each sends its next request when the last was answered.
The client is on the machine that it measures, so it does as little as it can while the clock runs:
requests are made before, and answers are read and judged after.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import uvloop

from benchmarks.child import answer_parent
from benchmarks.servers.contenders import CONTENDERS, Contender
from benchmarks.servers.process import cpu_s

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END, _LAST_CHUNK = b"\r\n\r\n", b"0\r\n\r\n"


def load(
    *,
    contender: str,
    port: int,
    pid: int,
    headers: dict[str, str],
    asked: str,
    concurrency: int,
    seconds: float,
) -> dict[str, Any]:
    """Ask for so many seconds, and give what came of it and what it cost the server."""
    server = CONTENDERS[contender]
    reviews = json.loads(Path(asked).read_text(encoding="utf-8"))
    requests = [_request(server, port, headers, text) for text in reviews["texts"]]
    run = _Run(requests, seconds)
    before, machine_before, own_before = cpu_s(pid), psutil.cpu_times(), time.process_time()
    uvloop.run(run.go(port, concurrency))
    server_s, machine = cpu_s(pid) - before, psutil.cpu_times()
    own_s = time.process_time() - own_before
    idle_s = machine.idle + machine.iowait - machine_before.idle - machine_before.iowait
    whole_s = run.wall_s * (psutil.cpu_count() or 1)
    times_ms = sorted(1e3 * one for _, _, one, _ in run.answers)
    return {
        "requests": len(run.answers),
        "errors": run.lost + sum(status != 200 for _, status, _, _ in run.answers),
        "wrong": sum(
            not server.is_right(json.loads(body), reviews["texts"][at], reviews["expected"][at])
            for at, status, _, body in run.answers
            if status == 200
        ),
        "requests_per_s": len(run.answers) / run.wall_s,
        "p50_ms": _percentile(times_ms, 0.50),
        "p99_ms": _percentile(times_ms, 0.99),
        "cpu_s_per_1000": 1e3 * server_s / max(1, len(run.answers)),
        "others_share": max(0.0, 1 - (idle_s + server_s + own_s) / whole_s),
    }


class _Run:
    """The requests to send, in turn, until the time is up."""

    def __init__(self, requests: list[bytes], seconds: float) -> None:
        self.requests = requests
        self.answers: list[tuple[int, int, float, bytes]] = []  # which one, status, seconds, body
        self.lost = 0
        self.wall_s = 0.0
        self._seconds = seconds
        self._ends_at = 0.0
        self._next = 0

    async def go(self, port: int, concurrency: int) -> None:
        loop = asyncio.get_running_loop()
        started = time.perf_counter()
        self._ends_at = started + self._seconds

        async def keep_asking() -> None:
            while time.perf_counter() < self._ends_at:
                make = partial(_Connection, self, loop.create_future())
                _, connection = await loop.create_connection(make, "127.0.0.1", port)
                await connection.closed

        await asyncio.gather(*[keep_asking() for _ in range(concurrency)])
        self.wall_s = time.perf_counter() - started

    def next(self) -> int | None:
        if time.perf_counter() >= self._ends_at:
            return None
        at = self._next
        self._next = (at + 1) % len(self.requests)
        return at


class _Connection(asyncio.Protocol):
    """Sends one request at a time, and takes the answer apart only to find its end."""

    def __init__(self, run: _Run, closed: asyncio.Future[None]) -> None:
        self._run = run
        self.closed = closed
        self._transport: Any = None
        self._asked: int | None = None
        self._received = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        head_end = received.find(_END)
        length = _LENGTH.search(received, 0, head_end) if head_end >= 0 else None
        if length is not None:
            whole = len(received) >= head_end + len(_END) + int(length[1])
        else:
            whole = head_end >= 0 and received.endswith(_LAST_CHUNK)
        if not whole:
            self._received = received
            return
        seconds = time.perf_counter() - self._sent_at
        body = received[head_end + len(_END) :]
        assert self._asked is not None
        body = body if length is not None else _joined(body)
        self._run.answers.append((self._asked, int(received[9:12]), seconds, body))
        self._received = b""
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        self._run.lost += self._asked is not None
        self.closed.set_result(None)

    def _ask(self) -> None:
        self._asked = self._run.next()
        if self._asked is None:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._run.requests[self._asked])


def _request(contender: Contender, port: int, headers: dict[str, str], text: str) -> bytes:
    body = json.dumps(contender.body(text)).encode()
    lines = [f"POST {contender.path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Accept: */*"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def _joined(chunked: bytes) -> bytes:
    body = b""
    while chunked:
        size, _, rest = chunked.partition(b"\r\n")
        body += rest[: int(size, 16)]
        chunked = rest[int(size, 16) + 2 :]
    return body


def _percentile(ordered: list[float], share: float) -> float:
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, round(share * len(ordered)))]


if __name__ == "__main__":
    answer_parent(load)
