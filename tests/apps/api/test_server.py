"""What a server's own process does, unlike the API within another's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import gc
from fastapi.testclient import TestClient
from voxpop_apps.api.server import make_app

app = make_app()
before = gc.get_freeze_count()
with TestClient(app) as client:
    assert client.get("/health/live").status_code == 200
    print(gc.get_freeze_count() - before, gc.isenabled())
"""


def test_what_a_start_made_is_no_work_for_the_garbage_collector(tmp_path: Path) -> None:
    told = os.environ | {
        "VOXPOP_HOME": str(tmp_path),
        "VOXPOP_REGISTRY__NAME": "local",
        "VOXPOP_API_AUTH": "off",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env=told,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    frozen, enabled = done.stdout.split()
    assert int(frozen) > 20_000  # modules, nearly all of them
    assert enabled == "True"
