"""axe-core, which finds faults of accessibility in a page; from the npm registry, by its digest."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="


def axe_script(into: Path) -> str:
    """Fetch the script; skips where there is no npm."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm is installed, which fetches axe-core")
    subprocess.run(
        [npm, "pack", f"axe-core@{VERSION}", "--silent"], cwd=into, check=True, capture_output=True
    )
    packed = into / f"axe-core-{VERSION}.tgz"
    assert base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode() == SHA512
    with tarfile.open(packed) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


def faults(page: Page | Frame, script: str) -> list[str]:
    """Give the serious and critical faults of what is shown."""
    page.evaluate(script)
    found: dict[str, Any] = page.evaluate("axe.run(document, {iframes: false})")
    return [
        f"{one['impact']}: {one['help']}: {node['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
