"""Voxpop with one feature less, or one more, to see what each costs.

Validation, request ids, metrics, the queue and its deadlines cannot be switched off: what they cost
together is in the difference between Voxpop with everything off and the bare route.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.servers.contenders import OURS, Contender, voxpop

_NO_KEY = {"VOXPOP_API_KEYS_FILE": "", "VOXPOP_API_AUTH": "off"}
_NO_RATE = {"VOXPOP_API_RATE_PER_S": "", "VOXPOP_API_RATE_BURST": ""}
_NO_MEMORY = {"VOXPOP_API_FEEDBACK_RECENT": "0"}


def _always(**settings: str) -> Callable[[str], Contender]:
    return lambda collector: voxpop(**settings)


FEATURES: Mapping[str, Callable[[str], Contender]] = {
    OURS: _always(),
    "without keys": _always(**_NO_KEY),
    "without a rate limit": _always(**_NO_RATE),
    "without remembered answers": _always(**_NO_MEMORY),
    "without all three": _always(**_NO_KEY, **_NO_RATE, **_NO_MEMORY),
    "with a log line a request": _always(
        VOXPOP_API_LOG_REQUESTS="true", VOXPOP_API_LOG_FORMAT="json"
    ),
    "with traces": lambda collector: voxpop(VOXPOP_API_OTLP_ENDPOINT=collector),
}
"""By what is different; each is given the address of a collector of traces."""


@contextmanager
def collector() -> Iterator[str]:
    """Give the address of a collector that takes every trace and keeps none."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Sink) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # the library's name
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""
