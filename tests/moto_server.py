"""The server of moto, in a process of its own: AWS's interfaces, and its IAM on demand."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]


@contextmanager
def moto_server(log: Path, module: str = "moto.server") -> Iterator[str]:
    """Start the server, or a module that is it and more, at a free port; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", module, "-H", "127.0.0.1", "-p", str(port)]
    with (
        log.open("wb") as stream,
        subprocess.Popen(command, cwd=CHECKOUT, stdout=stream, stderr=stream) as moto,
    ):
        try:
            _await(url, moto)
            yield url
        finally:
            moto.terminate()


def enforce_iam(url: str) -> None:
    """From now on, check signatures and policies."""
    request = urllib.request.Request(f"{url}/moto-api/reset-auth", data=b"0", method="POST")
    request.add_header("Content-Type", "application/octet-stream")
    with urllib.request.urlopen(request, timeout=10):
        pass


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=2):
                return
        except OSError:
            assert process.poll() is None, "moto does not start"
            assert time.monotonic() < deadline, "moto does not answer"
            time.sleep(0.1)
