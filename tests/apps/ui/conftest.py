"""A real API with a small model, and the real page that asks it."""

from __future__ import annotations

import csv
import datetime
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.apps.cli.conftest import RUN_CONFIG, site

__all__ = ["site"]

PROGRAM = [sys.executable, "-m", "voxpop_apps.cli"]


@pytest.fixture(scope="session")
def variables(site: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of the programs: a home whose champion knows a few words."""
    home = tmp_path_factory.mktemp("ui") / "home"
    config = home.with_name("run.toml")
    config.write_text(RUN_CONFIG)
    told = os.environ | {"PYTHONPATH": str(site), "VOXPOP_HOME": str(home)}
    subprocess.run([*PROGRAM, "train", str(config)], env=told, check=True, capture_output=True)
    return told


@contextmanager
def started(words: list[str], variables: dict[str, str], log: Path, health: str) -> Iterator[str]:
    """Run a program until the block ends; give the address that it says."""
    with log.open("wb") as stream:
        process = subprocess.Popen([*PROGRAM, *words], env=variables, stderr=stream)
    try:
        end = time.monotonic() + 90
        while not (found := re.search(r" at (http://\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end
            time.sleep(0.05)
        while True:
            try:
                if httpx.get(f"{found[1]}{health}").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end
            time.sleep(0.05)
        yield found[1]
    finally:
        process.terminate()
        try:
            ended = process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        assert ended == 0, log.read_text()


@pytest.fixture(scope="session")
def api(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an API."""
    log = tmp_path_factory.mktemp("api") / "log"
    with started(["serve", "--port", "0"], variables, log, "/health/ready") as url:
        yield url


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reviews of a year; one product's battery breaks from September to November."""
    random.seed(3)
    good = ["a lovely lamp", "sturdy and perfect", "a delightful light"]
    bad = ["it is awful", "flimsy, a useless thing", "broken at once, disappointing"]
    file = tmp_path_factory.mktemp("planted") / "shop reviews.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(["review", "product", "date"])
        for number in range(4_000):
            day = datetime.date(2025, 1, 1) + datetime.timedelta(days=random.randrange(360))
            product = random.choice(["Lamp", "Chair", "Clock", "Desk"])
            if product == "Clock" and day.month in (9, 10, 11) and random.random() < 0.7:
                end = random.choice(["broken", "useless", "awful", "flimsy"])
                text = f"the battery died after {number} hours, {end}"
            elif random.random() < 0.2:
                text = f"{random.choice(bad)}, order {number}"
            else:
                text = f"{random.choice(good)}, order {number}"
            lines.writerow([text, product, day.isoformat()])
    return file
