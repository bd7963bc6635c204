"""An HTTP proxy before a server that does harm to chosen requests, once each or always."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


class Fault(StrEnum):
    """What may happen to a request."""

    LATE = "the answer comes late"
    BUSY = "503 SlowDown, nothing is done"
    RESET = "the connection breaks, nothing is done"
    LOST = "the request is served, the connection breaks instead of an answer"
    HANG = "the request is served, the answer never comes"
    CUT = "the answer's body ends in the middle"
    FLIP = "a bit of the answer's body is flipped"
    FLIP_REQUEST = "a bit of the request's body is flipped"


@dataclass
class Plan:
    """Which requests are harmed and how; and what was asked."""

    fault: Fault | None = None
    at: int | range | None = None  # the number of the requests that are harmed; None: every one
    late_s: float = 0.2
    hang_s: float = 3.0
    answer: tuple[int, dict[str, str], bytes] | None = None  # given to every request instead
    requests: list[str] = field(default_factory=list)  # "GET /bucket/key bytes=5-", in order
    harmed: int = 0
    meanwhile: Callable[[], None] | None = None  # done before the connection of LOST breaks
    connections: int = 0  # by TLS, made or tried
    cut_handshakes: int = 0  # so many of the next connections break before TLS is agreed on

    def begin(
        self,
        fault: Fault | None,
        at: int | range | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        """Count from zero again, with this fault."""
        self.fault, self.at, self.harmed, self.meanwhile = fault, at, 0, meanwhile
        self.requests.clear()

    def hits(self, number: int) -> bool:
        """Tell whether the request of this number is to be harmed."""
        if self.fault is None:
            return False
        return number in self.at if isinstance(self.at, range) else self.at in (None, number)


class FaultProxy:
    """Runs on a free port of this machine."""

    def __init__(self, upstream: str, tls: ssl.SSLContext | None = None) -> None:
        self.plan = Plan()
        plan, lock, ended = self.plan, threading.Lock(), threading.Event()
        self._ended = ended

        class Handler(_Handler):
            def harm(self) -> Fault | None:
                with lock:
                    number = len(plan.requests)
                    span = self.headers.get("Range", "")
                    plan.requests.append(f"{self.command} {self.path} {span}".rstrip())
                    hit = plan.hits(number)
                    plan.harmed += hit
                    return plan.fault if hit else None

        Handler.plan, Handler.upstream, Handler.ended = plan, urlsplit(upstream).netloc, ended
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.plan, self._server.tls = plan, tls
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator[FaultProxy]:
        """Serve until the end of the block."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            self._server.shutdown()
            thread.join()
            self._server.server_close()


class _Server(ThreadingHTTPServer):
    plan: Plan
    tls: ssl.SSLContext | None

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self.tls is None:
            return connection, address
        self.plan.connections += 1
        if self.plan.cut_handshakes:
            self.plan.cut_handshakes -= 1
            connection.recv(2**16)  # the client's hello
            connection.close()
            raise ConnectionAbortedError
        # The handshake is made at the first read, in the connection's own thread.
        wrapped = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

    def handle_error(self, *_: object) -> None:
        """A connection that broke is what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    plan: Plan
    upstream: str
    ended: threading.Event
    harm: Callable[[], Fault | None]

    def do_GET(self) -> None:
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.harm()
        if self.plan.answer is not None:
            self._answer(*self.plan.answer)
            return
        if fault is Fault.BUSY:
            self._answer(503, {"Content-Type": "application/xml"}, _BUSY)
            return
        if fault is Fault.RESET:
            self._break()
            return
        if fault is Fault.FLIP_REQUEST and body:
            body = _flipped(body)
        status, headers, answer = self._forward(body)
        match fault:
            case Fault.LATE:
                time.sleep(self.plan.late_s)
            case Fault.LOST:
                if self.plan.meanwhile is not None:
                    self.plan.meanwhile()
                self._break()
                return
            case Fault.HANG:
                self.ended.wait(self.plan.hang_s)
                self._break()
                return
            case Fault.CUT:
                self._answer(status, headers, answer, cut=True)
                return
            case Fault.FLIP if answer:
                answer = _flipped(answer)
            case _:
                pass
        self._answer(status, headers, answer)

    do_PUT = do_POST = do_DELETE = do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Be silent."""

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send the request on as it is, its signed Host included."""
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
            connection.request(self.command, self.path, body=body or None, headers=headers)
            answered = connection.getresponse()
            data = answered.read()
            return answered.status, dict(answered.getheaders()), data
        finally:
            connection.close()

    def _answer(
        self, status: int, headers: dict[str, str], body: bytes, *, cut: bool = False
    ) -> None:
        self.send_response_only(status)
        kept = {k: v for k, v in headers.items() if k.lower() not in _HOP_BY_HOP}
        if self.command != "HEAD" and status != 204:
            kept = {k: v for k, v in kept.items() if k.lower() != "content-length"}
            kept["Content-Length"] = str(len(body))
        for name, value in kept.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.wfile.flush()
            self._break()

    def _break(self) -> None:
        # Closed with a reset, as a cable that is pulled or a process that dies would.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.close()


def _flipped(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


_HOP_BY_HOP = {"connection", "transfer-encoding", "expect", "keep-alive"}
_BUSY = (
    b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>SlowDown</Code>"
    b"<Message>Please reduce your request rate.</Message></Error>"
)
