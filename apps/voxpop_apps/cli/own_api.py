"""An API of the page's own: a child process at a port of this machine's loopback.

It is started again when it ends by itself, at the same port, and it ends when its parent does,
however that ends: it holds the reading end of a pipe, which breaks with the parent.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_START_S = 60.0
_END_S = 30.0
_AGAIN_S = 1.0, 30.0  # how long to wait before it is started again; longer each time it fails


@contextmanager
def own_api(reference: str) -> Iterator[Callable[[], str]]:
    """Start `voxpop serve`, give what waits until it is ready, stop it in the end.

    What is given returns the address. It raises SystemExit when the API does not start, which has
    said why; its status is passed on.
    """
    with tempfile.TemporaryDirectory(prefix="voxpop-api-") as folder:
        api = _OwnApi(reference, Path(folder, "log"))
        try:
            yield api.ready
        finally:
            api.stop()


class _OwnApi:
    def __init__(self, reference: str, log: Path) -> None:
        self._reference, self._log = reference, log
        self._stopping = threading.Event()
        self._lock = threading.Lock()  # held while a process is started, so that none is missed
        self._process = self._start(0)

    def ready(self) -> str:
        """Wait until it answers; from then on it is watched."""
        process, end = self._process, time.monotonic() + _START_S
        while process.poll() is None and time.monotonic() < end:
            found = re.search(r" at (http://\S+:(\d+))", self._log.read_text("utf-8", "replace"))
            if found:
                try:
                    with urllib.request.urlopen(f"{found[1]}/health/ready", timeout=5):  # noqa: S310
                        threading.Thread(
                            target=self._watch, args=[int(found[2])], name="own-api", daemon=True
                        ).start()
                        return found[1]
                except OSError:
                    pass
            time.sleep(0.05)
        sys.stderr.write(self._log.read_text("utf-8", "replace"))
        raise SystemExit(process.poll() or 1)

    def stop(self) -> None:
        self._stopping.set()
        with self._lock:
            process = self._process
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def _start(self, port: int) -> subprocess.Popen[bytes]:
        told = {**os.environ, "VOXPOP_API_HOST": "127.0.0.1", "VOXPOP_API_AUTH": "off"}
        words = ["serve", "-m", self._reference, "--port", str(port)]
        with self._log.open("wb") as stream:
            return subprocess.Popen(
                [sys.executable, "-m", "voxpop_apps.cli.own_api", *words],
                env=told,
                stderr=stream,
                stdin=subprocess.PIPE,  # nothing is written: it breaks when this process ends
                start_new_session=True,  # Ctrl-C reaches the page, which stops the API in order
            )

    def _watch(self, port: int) -> None:
        wait_s = _AGAIN_S[0]
        while True:
            began = time.monotonic()
            self._process.wait()
            if time.monotonic() - began > _START_S:
                wait_s = _AGAIN_S[0]
            if self._stopping.wait(wait_s):
                return
            with self._lock:
                if self._stopping.is_set():
                    return
                if self._process.stdin is not None:
                    self._process.stdin.close()
                self._process = self._start(port)
            wait_s = min(2 * wait_s, _AGAIN_S[1])


def _end_with_parent() -> None:
    """Stop in order when the parent is gone, and at once when that takes too long."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_END_S)
    os._exit(1)


if __name__ == "__main__":
    from voxpop_apps.cli.main import main

    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    main()
