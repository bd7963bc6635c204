"""A real S3 server for tests: SeaweedFS on free ports of this machine, with two identities."""

from __future__ import annotations

import json
import random
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

_START_S = 60.0
_STOP_S = 30.0
_GRPC = 10_000  # SeaweedFS serves gRPC on each port plus this
_PORTS = 5


@dataclass(frozen=True)
class Identity:
    """Who asks: a key and its secret."""

    key: str
    secret: str


WRITER = Identity("writer", "writer-secret")
READER = Identity("reader", "reader-secret")  # may get and list, nothing else


class SeaweedFS:
    """One server; what it keeps outlives a kill and a new start."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.port = free_ports()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._directory.mkdir(parents=True, exist_ok=True)
        identities = self._directory / "identities.json"
        identities.write_text(json.dumps(_IDENTITIES), encoding="utf-8")
        options = {
            "dir": self._directory,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "s3.port": self.port,
            "s3.config": identities,
            "master.port": self.port + 1,
            "volume.port": self.port + 2,
            "filer.port": self.port + 3,
            "admin.port": self.port + 4,
            "admin.ui": "false",
            "webdav": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.autoCreateBucket": "false",
            "master.telemetry": "false",
        }
        log = self._directory / "log.txt"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [weed(), "mini", *(f"-{name}={value}" for name, value in options.items())],
                cwd=self._directory,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + _START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"SeaweedFS does not start:\n{log.read_text()[-3_000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Let the server end in order."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def kill(self) -> None:
        """End the server as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=2):
                return True
        except urllib.error.HTTPError as error:
            with error:
                return error.code == 403  # it wants a signature: it is ready
        except OSError:
            return False


@contextmanager
def seaweedfs(directory: Path) -> Iterator[SeaweedFS]:
    """Give a server that runs, and stop it."""
    server = SeaweedFS(directory)
    server.start()
    try:
        yield server
    finally:
        server.kill()  # a stop in order takes four seconds, and nothing here is needed any more


_IDENTITIES = {
    "identities": [
        {
            "name": identity.key,
            "credentials": [{"accessKey": identity.key, "secretKey": identity.secret}],
            "actions": actions,
        }
        for identity, actions in (
            (WRITER, ["Admin", "Read", "Write", "List", "Tagging"]),
            (READER, ["Read", "List"]),
        )
    ]
}


def weed() -> str:
    """Give the program of the server."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise RuntimeError("weed is missing: install requirements/dev.txt")
    return found


def free_ports() -> int:
    """Give the first of five ports in a row that are free, as are their gRPC ports."""
    while True:
        # gRPC too stays below the ports that the system gives to connections: one of those would
        # keep a server that was killed from starting again.
        first = random.randrange(11_000, 32_768 - _GRPC - _PORTS, 10)
        with ExitStack() as bound:
            try:
                for port in range(first, first + _PORTS):
                    for each in (port, port + _GRPC):
                        bound.enter_context(socket.create_server(("127.0.0.1", each)))
            except OSError:
                continue
            return first
