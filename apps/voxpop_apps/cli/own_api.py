"""An API of the page's own: a child process at a free port of this machine's loopback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_START_S = 60.0


@contextmanager
def own_api(reference: str) -> Iterator[Callable[[], str]]:
    """Start `voxpop serve`, give what waits until it is ready, stop it in the end.

    What is given returns the address. It raises SystemExit when the API does not start, which has
    said why; its status is passed on.
    """
    told = {**os.environ, "VOXPOP_API_HOST": "127.0.0.1", "VOXPOP_API_AUTH": "off"}
    with tempfile.TemporaryDirectory(prefix="voxpop-api-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "voxpop_apps.cli", "serve", "-m", reference, "--port", "0"],
                env=told,
                stderr=stream,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches the page, which stops the API in order
            )
        try:
            yield lambda: _ready(process, log)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def _ready(process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < end:
        found = re.search(r" at (http://\S+)", log.read_text("utf-8", "replace"))
        if found:
            try:
                with urllib.request.urlopen(f"{found[1]}/health/ready", timeout=5):  # noqa: S310
                    return found[1]
            except OSError:
                pass
        time.sleep(0.05)
    sys.stderr.write(log.read_text("utf-8", "replace"))
    raise SystemExit(process.poll() or 1)
