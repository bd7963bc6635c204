"""Takes the pictures of the README: `python -m docs.screenshots`, after `make demo`.

They show the champion of `VOXPOP_HOME`: the head of its report, and the page after it was given a
file of made reviews, in which one product's battery begins to fail in September. It needs an
installed Chromium.
"""

from __future__ import annotations

import csv
import datetime
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).parents[1] / "images"
_VOXPOP = (sys.executable, "-m", "voxpop_apps.cli")
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_START_S = 60
_FAILS_SINCE = 9  # the month; the file ends with December

_PRAISE = (
    "A lovely piece, sturdy and perfect for my desk",
    "Delightful, I would recommend it to everyone",
    "Wonderful quality, and it looks great",
)
_COMPLAINTS = (
    "Awful. A waste of money, it looks cheap",
    "Flimsy and badly made, a disappointing thing",
    "It came broken, and nobody answered: terrible",
)
_FAILURES = (
    "The battery died after {} days, useless and disappointing",
    "Terrible: the battery died within {} days and cannot be replaced",
    "A waste of money, the battery died after only {} days",
)


def main() -> None:
    """Take both pictures."""
    program = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if program is None:
        raise SystemExit(
            f"None of {', '.join(_CHROMIUM)} is installed: the pictures need a browser"
        )
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        _report(browser, Path(scratch))
        _page(browser, Path(scratch))
        browser.close()


def write_reviews(file: Path) -> None:
    """Write 4,000 reviews of a year of four products; the clock's battery fails since September."""
    draw = random.Random(3)  # noqa: S311 - made reviews, no secret
    with file.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(["review", "product", "date"])
        for number in range(4_000):
            day = datetime.date(2025, 1, 1) + datetime.timedelta(days=draw.randrange(365))
            product = draw.choice(["Lamp", "Chair", "Clock", "Desk"])
            if product == "Clock" and day.month >= _FAILS_SINCE and draw.random() < 0.6:
                text = draw.choice(_FAILURES).format(draw.randrange(2, 90))
            else:
                said = draw.choice(_COMPLAINTS if draw.random() < 0.2 else _PRAISE)
                text = f"{said}. Order {number}"
            lines.writerow([text, product, day.isoformat()])


def _report(browser: Browser, scratch: Path) -> None:
    """Picture the head of the champion's report."""
    subprocess.run([*_VOXPOP, "registry", "pull", "champion", scratch / "bundle"], check=True)
    page = browser.new_page(viewport={"width": 1_100, "height": 1_080})
    page.goto((scratch / "bundle/report/report.html").as_uri())
    page.screenshot(path=IMAGES / "report.png")
    page.close()


def _page(browser: Browser, scratch: Path) -> None:
    """Picture the page after a file was analysed."""
    file = scratch / "shop-reviews.csv"
    write_reviews(file)
    with _served(scratch / "log") as url:
        page = browser.new_page(viewport={"width": 1_000, "height": 920})
        page.goto(url)
        page.get_by_role("tab", name="A file").click()
        page.locator("#file-dropped input[type=file]").set_input_files(file)
        page.locator("#file-begin").click()
        page.locator("iframe.vx-report").wait_for(timeout=120_000)
        page.frame_locator("iframe.vx-report").locator("h1").wait_for()
        page.locator("#file-status").evaluate("it => it.scrollIntoView({block: 'start'})")
        page.evaluate("document.fonts.ready")
        page.screenshot(path=IMAGES / "page.png")
        page.close()


@contextmanager
def _served(log: Path) -> Iterator[str]:
    """Give the address of a page in front of the champion."""
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*_VOXPOP, "ui", "--serve", "champion", "--port", "0"], stderr=stream
        )
    try:
        end = time.monotonic() + _START_S
        while not (found := re.search(r" at (http://\S+)", log.read_text(encoding="utf-8"))):
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"The page did not start:\n{log.read_text(encoding='utf-8')}")
            time.sleep(0.05)
        yield found[1]
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
