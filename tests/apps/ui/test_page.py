"""The whole page in a real browser, in front of a real API: `voxpop ui --serve champion`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.apps.ui.conftest import started
from tests.browser import chromium

TEXT = "a lovely light, but it is broken: awful and useless"


@pytest.fixture(scope="module")
def address(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("page") / "log"
    words = ["ui", "--serve", "champion", "--port", "0"]
    with started(words, variables, log, "/health/live") as url:
        yield url
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A tab of the browser; nothing is asked outside, and no fault is logged."""
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    page = context.new_page()
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
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    yield page
    context.close()
    assert not outside
    assert not faults


def test_a_review_is_judged_and_its_words_are_shown(page: Page) -> None:
    page.get_by_label("Review", exact=True).fill(TEXT)
    page.locator("#review-ask").click()
    expect(page.locator("#review-answer .vx-label")).to_have_text("negative")
    expect(page.locator("#review-words mark.vx-for", has_text="awful").first).to_be_visible()
    expect(page.locator("#review-words mark.vx-against", has_text="lovely").first).to_be_visible()
    page.locator("#review-wrong").click()
    expect(page.locator("#review-thanks")).to_contain_text("Kept as “positive”")
    page.reload()
    expect(page.get_by_label("Review", exact=True)).to_have_value(TEXT)


def test_nothing_to_judge_is_told(page: Page) -> None:
    page.locator("#review-ask").click()
    expect(page.locator("#review-answer")).to_contain_text("Write or paste a review first")


def test_the_model_is_shown(page: Page) -> None:
    page.get_by_role("tab", name="The model").click()
    expect(page.locator("#model-shown")).to_contain_text("words")
    expect(page.locator("#model-shown")).to_contain_text("accuracy")
    expect(page.locator("#model-shown")).to_contain_text("What champion pointed at")


def test_a_planted_defect_is_on_the_first_screen(
    page: Page, browser: Browser, planted: Path
) -> None:
    page.get_by_role("tab", name="A file").click()
    page.locator("#file-dropped input[type=file]").set_input_files(planted)
    expect(page.locator("#file-columns")).to_contain_text("review")
    page.locator("#file-begin").click()
    report = page.frame_locator("iframe.vx-report")
    expect(report.locator("h1")).to_contain_text("Clock got worse in September", timeout=60_000)
    assert "battery" in report.locator("h1").inner_text()
    expect(page.locator("#file-progress")).to_contain_text("4,000 reviews analysed")

    figure = report.locator("a.n").first
    n = int(figure.inner_text().replace(",", ""))
    figure.click()
    report.locator("article.sheet:target").get_by_text("Show all of them").click()
    expect(report.locator("body")).to_contain_text(f"{n:,} reviews, page 1 of")
    expect(report.locator("li")).to_have_count(50)
    report.get_by_label("With these words").fill("battery died")
    report.get_by_role("button", name="Show").click()
    expect(report.locator("li p").first).to_contain_text("battery died")

    assert re.search(r"\?job=[\w-]{20,}", page.url)
    context = browser.new_context()  # somebody else opens the link
    other = context.new_page()
    other.goto(page.url)
    other.get_by_role("tab", name="A file").click()
    expect(other.frame_locator("iframe.vx-report").locator("h1")).to_contain_text("Clock")
    with other.expect_download() as kept:
        other.get_by_text("Keep the workbook").click()
    assert kept.value.path().read_bytes()[:2] == b"PK"
    context.close()


def test_a_broken_file_is_told(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "broken.xlsx"
    file.write_bytes(b"PK\x03\x04 no workbook")
    page.get_by_role("tab", name="A file").click()
    page.locator("#file-dropped input[type=file]").set_input_files(file)
    told = page.locator("#file-columns [role=alert]")
    expect(told).to_contain_text("broken.xlsx")
    assert "Traceback" not in told.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(browser: Browser, address: str, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Review", exact=True).fill(TEXT)
    page.locator("#review-ask").click()
    expect(page.locator("#review-answer .vx-label")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
