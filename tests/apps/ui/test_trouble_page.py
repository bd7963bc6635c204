"""In a real browser: an API that is killed, people who must wait, an end in the middle."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.apps.cli.conftest import RUN_CONFIG
from tests.apps.ui.conftest import PROGRAM, Served, api_of, drop, looking, paused, running


def test_an_api_that_is_killed_comes_back_and_the_file_goes_on(
    page: Page, served: Served, large: Path
) -> None:
    drop(page, large)
    page.locator("#file-begin").click()
    expect(page.locator("#file-progress progress")).to_be_visible()
    killed = api_of(served.process)
    os.kill(killed, signal.SIGKILL)
    status = page.locator("#file-status")
    expect(status).to_contain_text("cannot be reached")
    expect(status).to_contain_text("it goes on by itself")
    page.get_by_role("tab", name="One review").click()
    page.get_by_label("Review", exact=True).fill("typed while nobody answers")
    page.locator("#review-ask").click()
    expect(page.locator("#review-answer")).to_contain_text("Nothing you entered is lost")
    expect(page.get_by_label("Review", exact=True)).to_have_value("typed while nobody answers")
    page.get_by_role("tab", name="A file").click()
    expect(status).not_to_contain_text("cannot be reached")
    assert api_of(served.process) != killed
    expect(status).to_contain_text("30,000 reviews analysed", timeout=120_000)
    page.get_by_role("tab", name="One review").click()
    page.locator("#review-ask").click()
    expect(page.locator("#review-answer .vx-label")).to_be_visible()


def test_the_page_tells_whether_it_reaches_its_api(
    variables: dict[str, str], tmp_path: Path
) -> None:
    words = ["ui", "--serve", "champion", "--port", "0"]
    told = variables | {"VOXPOP_UI_REVISION": "0123abc"}
    with running(words, told, tmp_path / "log", "/health/live") as (url, _):
        health = httpx.get(f"{url}/health").json()
        assert health == {"status": "ok", "revision": "0123abc"}
    words = ["ui", "--api-url", "http://127.0.0.1:1", "--port", "0"]
    with running(words, told, tmp_path / "other", "/health/live") as (url, _):
        assert httpx.get(f"{url}/health").json()["status"] == "no-api"


def test_who_waits_is_told_and_an_end_is_heard_at_once(
    variables: dict[str, str], browser: Browser, planted: Path, tmp_path: Path
) -> None:
    """One person is answered at a time here, by a model of three labels."""
    config, scratch = tmp_path / "three.toml", tmp_path / "scratch"
    config.write_text(RUN_CONFIG.replace('"sample-reviews"', '"sample-reviews"\nclasses = 3'))
    scratch.mkdir()
    home = tmp_path / "home"
    shutil.copytree(variables["VOXPOP_HOME"], home)
    told = variables | {"VOXPOP_HOME": str(home), "VOXPOP_UI_MAX_USERS": "1"}
    told |= {"TMPDIR": str(scratch)}
    train = [*PROGRAM, "train", str(config), "--set", "promotion.alias=three"]
    subprocess.run(train, env=told, check=True, capture_output=True)
    words = ["ui", "--serve", "three", "--port", "0"]
    with running(words, told, tmp_path / "log", "/health/live") as (url, process):
        with looking(browser, url) as one, looking(browser, url) as other:
            for page in (one, other):
                page.get_by_label("Review", exact=True).fill("an awful and broken lamp")
            with paused(api_of(process.pid)):
                one.locator("#review-ask").click()
                expect(one.locator("#review-answer")).to_contain_text("processing")
                other.locator("#review-ask").click()
                expect(other.locator("#review-answer")).to_contain_text("queue: 1/1")
            for page in (one, other):
                expect(page.locator("#review-answer .vx-label")).to_have_text("negative")

            one.locator("#review-wrong").click()
            one.get_by_label("neutral").check()
            expect(one.locator("#review-thanks")).to_contain_text("Kept as “neutral”")

            drop(one, planted)  # a file that is worked on keeps nobody waiting
            one.locator("#file-begin").click()
            expect(one.locator("#file-status")).to_contain_text("analysing")
            other.locator("#review-ask").click()
            other.locator("#review-right").click()
            expect(other.locator("#review-thanks")).to_contain_text("Kept as “negative”")
        left_open = browser.new_page()
        left_open.goto(url)
        api, began = api_of(process.pid), time.monotonic()
        process.terminate()
        assert process.wait(30) == 0
        assert time.monotonic() - began < 20
        left_open.close()
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert not Path(f"/proc/{api}").exists()
    assert list(scratch.iterdir()) == []  # uploads, jobs, logs: all gone


def test_a_page_that_is_killed_leaves_no_api_behind(
    variables: dict[str, str], tmp_path: Path
) -> None:
    program = [*PROGRAM, "ui", "--serve", "champion", "--port", "0"]
    told = variables | {"TMPDIR": str(tmp_path)}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(program, env=told, stderr=log)
    end = time.monotonic() + 60
    while b" at http" not in (tmp_path / "log").read_bytes():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    api = api_of(process.pid)
    process.kill()
    process.wait()
    while Path(f"/proc/{api}").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
