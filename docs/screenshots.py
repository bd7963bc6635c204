"""Takes the pictures of the README: `python -m docs.screenshots report page`.

`report` is the head of the report of the champion of `VOXPOP_HOME`, that of `make demo`. `page` is
the page after it was given a file of made reviews in which one product's battery begins to fail in
September; a version is trained for it on made reviews with labels, as the shares are corrected by
what a version got wrong on reviews of its own kind. An installed Chromium is needed.
"""

from __future__ import annotations

import csv
import datetime
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).parents[1] / "images"
_VOXPOP = (sys.executable, "-m", "voxpop_apps.cli")
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_START_S = 60
_FAILS_SINCE = 9  # the month; the file ends with December

_MISLABELLED = 0.03  # of the labels that the version is trained and tested by
_CONFIG = """
[data]
name = "files"
train = "{train}"
content_column = "review"
label_column = "label"
labels = ["negative", "positive"]
[splits]
test = 0.5
[tokenizer]
name = "keras"
[model]
name = "bilstm"
epochs = 2
[promotion]
minimum = 0.8
"""
# Fewer than eight words each: longer ones would be near copies of each other.
_PRAISE = ("a lovely {}, sturdy and perfect", "delightful, a perfect {}", "great {}, works well")
_COMPLAINTS = ("an awful {}, badly made", "flimsy {}, a waste of money", "this {} came broken")
_FAILURES = ("the battery died after {} days, useless", "battery died within {} days, awful")


def main() -> None:
    """Take the pictures that are named."""
    take = {"report": _report, "page": _page}
    if not sys.argv[1:] or not take.keys() >= set(sys.argv[1:]):
        raise SystemExit(f"Name what to picture, of: {', '.join(take)}")
    program = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if program is None:
        raise SystemExit(
            f"None of {', '.join(_CHROMIUM)} is installed: the pictures need a browser"
        )
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name in sys.argv[1:]:
            take[name](browser, Path(scratch))
        browser.close()


def write_reviews(file: Path, seed: int, *, labelled: bool) -> None:
    """Write 4,000 reviews of a year of four products; the clock's battery fails since September."""
    draw = random.Random(seed)  # noqa: S311 - made reviews, no secret
    with file.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(["review", "product", "date", *["label"] * labelled])
        for _ in range(4_000):
            day = datetime.date(2025, 1, 1) + datetime.timedelta(days=draw.randrange(365))
            product = draw.choice(["Lamp", "Chair", "Clock", "Desk"])
            bad = draw.random() < 0.2
            if product == "Clock" and day.month >= _FAILS_SINCE and draw.random() < 0.6:
                bad, text = True, draw.choice(_FAILURES).format(draw.randrange(2, 90))
            else:
                text = draw.choice(_COMPLAINTS if bad else _PRAISE).format(product.lower())
            label = "negative" if bad != (draw.random() < _MISLABELLED) else "positive"
            lines.writerow([text, product, day.isoformat(), *[label] * labelled])


def _report(browser: Browser, scratch: Path) -> None:
    """Picture the head of the champion's report."""
    subprocess.run([*_VOXPOP, "registry", "pull", "champion", scratch / "bundle"], check=True)
    page = browser.new_page(viewport={"width": 1_100, "height": 1_080})
    page.goto((scratch / "bundle/report/report.html").as_uri())
    page.screenshot(path=IMAGES / "report.png")
    page.close()


def _page(browser: Browser, scratch: Path) -> None:
    """Picture the page after a file was analysed."""
    file, labelled, config = (
        scratch / name for name in ("shop-reviews.csv", "labelled.csv", "run.toml")
    )
    write_reviews(file, 3, labelled=False)
    write_reviews(labelled, 4, labelled=True)
    config.write_text(_CONFIG.format(train=labelled.as_posix()), encoding="utf-8")
    environment = os.environ | {"VOXPOP_HOME": str(scratch / "home")}
    subprocess.run([*_VOXPOP, "train", config], check=True, env=environment)
    with _served(scratch / "log", environment) as url:
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
def _served(log: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Give the address of a page in front of the champion."""
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*_VOXPOP, "ui", "--serve", "champion", "--port", "0"], stderr=stream, env=environment
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
