"""A real API with a small model, and the real page that asks it."""

from __future__ import annotations

import csv
import datetime
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.apps.cli.conftest import RUN_CONFIG, site
from tests.browser import chromium

__all__ = ["site"]

expect.set_options(timeout=30_000)  # a busy machine is no fault of the page

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
def running(
    words: list[str], variables: dict[str, str], log: Path, health: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a program until the block ends; give the address that it says, and the process."""
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
        yield found[1], process
    finally:
        process.terminate()
        try:
            ended = process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        assert ended == 0, log.read_text()


@contextmanager
def started(words: list[str], variables: dict[str, str], log: Path, health: str) -> Iterator[str]:
    """Run a program until the block ends; give the address that it says."""
    with running(words, variables, log, health) as (url, _):
        yield url


def api_of(page: int) -> int:
    """Give the process of the API that a page started itself."""
    for folder in Path("/proc").iterdir():
        try:
            if not folder.name.isdigit() or b"own_api" not in (folder / "cmdline").read_bytes():
                continue
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == page:
                return int(folder.name)
        except OSError:  # it ended meanwhile
            continue
    raise AssertionError("the page has no API")


@contextmanager
def paused(process: int) -> Iterator[None]:
    """Let a process do nothing, and answer nobody, until the block ends."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


# Gradio logs what it asked last when it is reloaded in the middle of that.
_OF_A_RELOAD = ("AbortError: signal is aborted", "Unexpected error Connection errored out")


class Served(NamedTuple):
    """A page with its own API; files may have one megabyte."""

    url: str
    process: int


@pytest.fixture(scope="module")
def served(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`voxpop ui --serve champion`, for all tests of a module."""
    log = tmp_path_factory.mktemp("page") / "log"
    words = ["ui", "--serve", "champion", "--port", "0"]
    told = variables | {"VOXPOP_UI_MAX_FILE_MB": "1"}
    with running(words, told, log, "/health/live") as (url, process):
        yield Served(url, process.pid)
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, ended with the module: meanwhile its driver's event loop runs in this thread."""
    with chromium() as browser:
        yield browser


@contextmanager
def looking(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A browser's tab, as of somebody new; nothing is asked outside, and no fault is logged."""
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
    page = context.new_page()
    page.set_default_timeout(60_000)
    outside: list[str] = []
    faults: list[str] = []
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((address, "data:", "blob:"))
            else outside.append(request.url)
        ),
    )
    page.on(
        "console",
        lambda said: (
            faults.append(said.text)
            if said.type == "error" and not said.text.startswith(_OF_A_RELOAD)
            else None
        ),
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    try:
        page.goto(address)
        yield page
    finally:
        context.close()
    assert not outside
    assert not faults


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """The page that all tests share, in a tab of its own."""
    with looking(browser, served.url) as page:
        yield page


def drop(page: Page, file: Path) -> None:
    """Give a file to the page, and wait until it was looked at."""
    page.get_by_role("tab", name="A file").click()
    page.locator("#file-dropped input[type=file]").set_input_files(file)
    expect(
        page.get_by_role("button", name=f"The file and its columns: {file.name}")
    ).to_be_visible()
    expect(page.locator("#file-begin")).to_be_enabled()


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough reviews to see them being scored, in less than a megabyte."""
    file = tmp_path_factory.mktemp("large") / "large.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(["review"])
        lines.writerows([f"a lovely lamp {number}"] for number in range(30_000))
    return file
