"""A real image registry at a free port of this machine, for those who log in."""

from __future__ import annotations

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.images.containers import free_port

USER, PASSWORD = "ci", "ci-secret"
# Of that password. It is no secret: it opens a registry that lives for one test.
_HTPASSWD = f"{USER}:$2b$05$fpoNnY1rE3sqNdmW6oWH4ua.StZyQH4hP9LgTLWGDazs2IlDe3HCO\n"
_CONFIG = """
version: 0.1
storage:
  filesystem:
    rootdirectory: {directory}/images
http:
  addr: {host}
auth:
  htpasswd:
    realm: voxpop
    path: {directory}/htpasswd
"""


@contextmanager
def image_registry(directory: Path) -> Iterator[str]:
    """Start the registry; give its host and port."""
    directory.mkdir(parents=True, exist_ok=True)
    host = f"127.0.0.1:{free_port()}"
    (directory / "htpasswd").write_text(_HTPASSWD, encoding="utf-8")
    config = directory / "config.yml"
    config.write_text(_CONFIG.format(directory=directory, host=host), encoding="utf-8")
    log = directory / "log.txt"
    with (
        log.open("wb") as stream,
        subprocess.Popen(
            ["docker-registry", "serve", str(config)], stdout=stream, stderr=stream
        ) as registry,
    ):
        try:
            deadline = time.monotonic() + 30
            while not _asks_who_calls(f"http://{host}/v2/"):
                assert registry.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield host
        finally:
            registry.terminate()


def _asks_who_calls(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return False
    except urllib.error.HTTPError as error:
        with error:
            return error.code == 401
    except OSError:
        return False
