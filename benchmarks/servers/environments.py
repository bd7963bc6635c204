"""The peers' environments: one a peer, made from its committed pins.

    python -m benchmarks.servers.environments

`requirements/NAME.in` says what a peer is made of, `requirements/NAME.txt` pins all of it:

    uv pip compile NAME.in --python-version 3.12 --no-annotate --no-emit-index-url -o NAME.txt
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

PEERS = ("mlserver", "litserve", "bentoml", "mlflow")
BUILD = Path(__file__).parents[2] / "build" / "bench"

_PINS = Path(__file__).parent / "requirements"


def environment_of(peer: str) -> Path:
    """Give the folder of a peer's programs; the environment is made when its pins changed."""
    pins = _PINS / f"{peer}.txt"
    home = BUILD / "venvs" / peer
    stamp = home / f".pins-{hashlib.sha256(pins.read_bytes()).hexdigest()[:16]}"
    if not stamp.exists():
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "install", "--no-input", "-r", pins], check=True)
        stamp.touch()
    return home / "bin"


if __name__ == "__main__":
    for name in PEERS:
        print(environment_of(name))
