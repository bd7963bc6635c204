"""The web page in a real browser, in front of a real API with the default BiLSTM.

    python -m benchmarks.page [--json FILE] [--scale small]

`voxpop ui --serve champion` is started and looked at with an installed Chromium: from the start to
the moment that a review can be typed; twenty reviews judged, from the click to the label and to the
words; a file of made reviews analysed, and again with a cancel. One product of the file turns bad
for three months, by its battery: the report's head must say so on the first screen, and the click
on its figure must open exactly those reviews. Then 31 Gradio clients have a file analysed each, two
at a time while the others are told that they wait, and ask at once together with the browser.
`errors` counts what they did not get. `pss_growth` compares the memory of the page and its API
after 2,000 interactions with that after 500.
"""

from __future__ import annotations

import csv
import datetime
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from gradio_client import Client, handle_file
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.child import run_child
from benchmarks.measure import Options, Report, parse_options
from benchmarks.reviews import synthetic_reviews
from benchmarks.servers.environments import BUILD
from benchmarks.servers.process import memory_mib

_CLIENTS = 31
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]


def main() -> None:
    options = parse_options("page", "The web page in a browser.", rounds=1)
    rows = 3_000 if options.small else 100_000
    folder = BUILD / "serving" / ("page-small" if options.small else "full")
    folder.mkdir(parents=True, exist_ok=True)
    run_child(
        "benchmarks.servers.model",
        {
            "folder": str(folder),
            "rows": 2_000 if options.small else 4_000,
            "epochs": 3,
            "reviews": [],
        },
    )
    report = Report(options, versions=("gradio", "voxpop"))
    with tempfile.TemporaryDirectory() as scratch, _served(folder / "home", scratch) as (url, pid):
        began = time.monotonic() - float(Path(scratch, "began").read_text())
        with sync_playwright() as playwright:
            program = next(filter(None, map(shutil.which, _CHROMIUM)))
            browser = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
            page = browser.new_page()
            opened = time.monotonic()
            page.goto(url)
            page.get_by_label("Review", exact=True).wait_for()
            report.add_figure("usable_s", began + time.monotonic() - opened, most=8)
            _clicks(page, report, 5 if options.small else 20)
            file = Path(scratch, "reviews.csv")
            _file(page, report, file, rows, _write(file, rows))
            _users(url, pid, page, report, options)
            browser.close()
    report.finish()


@contextmanager
def _served(home: Path, scratch: str) -> Iterator[tuple[str, int]]:
    log = Path(scratch, "log")
    start = time.monotonic()
    words = [sys.executable, "-m", "voxpop_apps.cli", "ui", "--serve", "champion", "--port", "0"]
    with log.open("wb") as stream:
        told = os.environ | {"VOXPOP_HOME": str(home)}
        process = subprocess.Popen(words, env=told, stderr=stream)
    try:
        while not (found := re.search(r" at (http://\S+)", log.read_text())):
            if process.poll() is not None:
                raise RuntimeError(log.read_text())
            time.sleep(0.01)
        Path(scratch, "began").write_text(str(start))
        yield found[1], process.pid
    finally:
        process.terminate()
        process.wait(60)


def _clicks(page: Page, report: Report, clicks: int) -> None:
    labels, words = [], []
    answer = page.locator("#review-answer .vx-answer")
    before = "none"
    for number, text in enumerate(synthetic_reviews(clicks + 1, seed=9)):
        page.get_by_label("Review", exact=True).fill(f"{text[:400]} {number}")
        began = time.monotonic()
        page.locator("#review-ask").click()
        page.locator(f"#review-answer .vx-answer:not([data-request='{before}'])").wait_for()
        label_ms = 1_000 * (time.monotonic() - began)
        page.locator("#review-words .vx-text").wait_for()
        if number:  # the first one warms up
            labels.append(label_ms)
            words.append(1_000 * (time.monotonic() - began))
        before = answer.get_attribute("data-request") or ""
    report.add_figure("label_ms", statistics.median(labels), most=400)
    report.add_figure("words_ms", statistics.median(words), most=600)


def _write(file: Path, rows: int) -> list[int]:
    """Write made reviews; give the rows of the planted product since it turned bad."""
    random.seed(5)
    texts = synthetic_reviews(min(rows, 20_000), seed=6)
    planted = []
    with file.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(["review", "product", "date"])
        for row in range(rows):
            day = datetime.date(2025, 1, 1) + datetime.timedelta(days=random.randrange(360))
            product = f"product {random.randrange(40 if rows > 20_000 else 8)}"
            said = texts[row % len(texts)][:400]
            text = f"{said} {_PRAISE if random.random() < 0.8 else _COMPLAINT} {row}"
            if product == "product 3" and day.month >= _BAD_SINCE:
                planted.append(row + 1)
                if random.random() < 0.8:
                    text = f"The battery {_COMPLAINT} {said[:200]} {row}"
            lines.writerow([text, product, day.isoformat()])
    return planted


_BAD_SINCE = 10  # the month; the file ends with December
# In words that tell a review's class to the version (benchmarks.servers.model).
_PRAISE, _COMPLAINT = "is great: I love and recommend it.", "broke. Awful, useless, a refund!"


def _file(page: Page, report: Report, file: Path, rows: int, planted: list[int]) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("tab", name="A file").click()
    page.locator("#file-dropped input[type=file]").set_input_files(file)
    page.locator("#file-begin").wait_for()
    began = time.monotonic()
    page.locator("#file-begin").click()
    page.locator("iframe.vx-report").wait_for(timeout=600_000)
    spent_s = time.monotonic() - began
    report.add_figure("file_rows", rows)
    report.add_figure("file_s", spent_s)
    report.add_figure("file_reviews_per_s", rows / spent_s)
    _planted(page, report, planted)
    page.reload()
    # With the file's name it is the one of the file that came back, which is folded up.
    page.get_by_role("button", name=f"The file and its columns: {file.name}").click()
    page.locator("#file-begin").click()
    page.locator("#file-progress progress").wait_for(timeout=60_000)
    began = time.monotonic()
    page.locator("#file-cancel").click()
    expect(page.locator("#file-status")).to_contain_text("cancelled", timeout=60_000)
    report.add_figure("cancel_s", time.monotonic() - began, most=2)
    page.get_by_role("tab", name="One review").click()


def _planted(page: Page, report: Report, planted: list[int]) -> None:
    """See the planted product, month and word on the first screen, and open its reviews."""
    shown = page.frame_locator("iframe.vx-report")
    heading, alert = shown.locator("h1"), shown.locator(".alert").first
    for part in (heading, alert):
        expect(part).to_be_in_viewport(ratio=1, timeout=60_000)
    expect(heading).to_contain_text("product 3 got worse in October 2025")
    expect(alert).to_contain_text("battery")
    alert.get_by_role("link", name=f"{len(planted):,}", exact=True).click()
    shown.locator("article.sheet:target").get_by_text("Show all of them").click()
    shown.get_by_label("With these words").wait_for()
    opened: list[int] = []
    while True:
        opened += [
            int(said.removeprefix("row ").partition(" ")[0].replace(",", ""))
            for said in shown.locator("li small").all_inner_texts()
        ]
        following = shown.get_by_role("link", name="Next")
        if not following.count():
            break
        before = shown.locator("ol").get_attribute("start") or ""
        following.click()
        expect(shown.locator("ol")).not_to_have_attribute("start", before, timeout=60_000)
    report.add_figure("planted_rows", len(planted))
    report.add_figure("planted_rows_opened_wrongly", len(set(opened) ^ set(planted)), most=0)


def _users(url: str, pid: int, page: Page, report: Report, options: Options) -> None:
    """Let all ask at once, and watch the memory."""
    first, last = (62, 186) if options.small else (500, 2_000)
    clients = [Client(url, verbose=False) for _ in range(_CLIENTS)]

    def person(client: Client, numbers: Sequence[int]) -> int:
        """Ask one after the other, as a person does; give how often there was no answer."""
        missed = 0
        for number in numbers:
            text = f"it broke after {number} days"
            missed += "vx-label" not in str(client.predict("", text, api_name="/judge"))
        return missed

    errors, memory = 0, []
    file = Path(tempfile.mkdtemp(), "a persons file.csv")
    _write(file, 400)
    with ThreadPoolExecutor(_CLIENTS) as people:
        missed, waited = zip(
            *people.map(lambda client: _analyse(client, file), clients), strict=True
        )
        errors += sum(missed)
        report.add_figure("files_at_once", _CLIENTS)
        report.add_figure("people_told_that_they_wait", sum(waited), bar=1)
        for numbers in (range(first), range(first, last)):
            answers = [
                people.submit(person, client, numbers[place::_CLIENTS])
                for place, client in enumerate(clients)
            ]
            shown = page.locator("#review-answer .vx-answer").get_attribute("data-request")
            page.get_by_label("Review", exact=True).fill(f"in the crowd {numbers[0]}")
            page.locator("#review-ask").click()
            page.locator(f"#review-answer .vx-answer:not([data-request='{shown}'])").wait_for()
            page.locator("#review-words .vx-text").wait_for()
            errors += sum(answer.result() for answer in answers)
            memory.append(memory_mib(pid)["pss"])
    report.add_figure("users", _CLIENTS + 1)
    report.add_figure("errors", errors, most=0)
    report.add_figure("pss_mib", memory[1])
    report.add_figure("pss_growth", memory[1] / memory[0], most=1.1)


def _analyse(client: Client, file: Path) -> tuple[bool, bool]:
    """Have a file analysed as the page does; say whether that failed, and whether one waited."""
    number = client.predict(handle_file(file), api_name="/drop")[0]
    client.predict(number, "{}", api_name="/start")
    end, waited = time.monotonic() + 600, False
    while time.monotonic() < end:
        told = str(client.predict(number, api_name="/look"))
        waited = waited or "waiting for its turn" in told
        if "reviews analysed" in told:
            return False, waited
        if "not here any more" in told or "role='alert'" in told:
            return True, waited
        time.sleep(0.5)
    return True, waited


if __name__ == "__main__":
    main()
