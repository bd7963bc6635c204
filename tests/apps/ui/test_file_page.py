"""A file of reviews in a real browser: dropped, chosen of, analysed, looked at, kept."""

from __future__ import annotations

import csv
import datetime
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from tests.apps.ui.conftest import Served, drop, looking


def report_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe.vx-report")


def choice(page: Page, label: str) -> Locator:
    return page.locator("#file-choices").get_by_label(label, exact=True)


@pytest.fixture(scope="module")
def link(browser: Browser, served: Served, planted: Path) -> str:
    """Where the planted file stands, analysed."""
    with looking(browser, served.url) as page:
        drop(page, planted)
        page.locator("#file-begin").click()
        expect(report_of(page).locator("h1")).to_be_visible(timeout=120_000)
        return page.evaluate("location.href")  # type: ignore[no-any-return]


def test_a_planted_defect_is_on_the_first_screen_and_opens_its_reviews(
    page: Page, planted: Path
) -> None:
    drop(page, planted)
    page.locator("#file-begin").click()
    expect(page.locator("#file-begin")).to_be_hidden()  # it closes with the columns
    report = report_of(page)
    heading, alert = report.locator("h1"), report.locator(".alert").first
    told = "Clock got worse for a time, September to November 2025"
    expect(heading).to_contain_text(told, timeout=120_000)
    assert "battery" in heading.inner_text()
    for shown in (heading, alert):
        expect(shown).to_be_in_viewport(ratio=1)
        box = shown.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 800
    expect(page.locator("#file-status")).to_contain_text("4,000 reviews analysed")

    with planted.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    autumn = [
        number
        for number, row in enumerate(rows, 1)
        if row["product"] == "Clock"
        and datetime.date.fromisoformat(row["date"]).month in (9, 10, 11)
    ]
    figure = alert.get_by_role("link", name=f"{len(autumn):,}", exact=True)
    figure.click()
    sheet = report.locator("article.sheet:target")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    assert figure.evaluate("link => link === document.activeElement")

    figure.press("Enter")
    sheet.get_by_text("Show all of them").click()
    expect(report.get_by_label("With these words")).to_be_visible()
    opened: list[int] = []
    while True:
        expect(report.locator("li").first).to_be_visible()
        opened += [
            int(found.replace(",", ""))
            for said in report.locator("li small").all_inner_texts()
            for found in re.findall(r"^row ([\d,]+)", said)
        ]
        if not report.get_by_role("link", name="Next").count():
            break
        before = report.locator("ol").get_attribute("start")
        report.get_by_role("link", name="Next").click()
        expect(report.locator("ol")).not_to_have_attribute("start", str(before))
    assert opened == autumn
    report.get_by_label("With these words").fill("battery died")
    report.get_by_role("button", name="Show").click()
    expect(report.locator("li p").first).to_contain_text("battery died")


def test_a_link_shows_the_report_to_somebody_else(
    browser: Browser, served: Served, link: str
) -> None:
    with looking(browser, served.url, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(f"{link}#content=secret")
        expect(report_of(page).locator("h1")).to_contain_text("Clock")
        page.get_by_role("button", name="Copy link").click()
        expect(page.get_by_text("Copied.")).to_be_visible()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert "secret" not in copied
        page.goto(copied)
        expect(report_of(page).locator("h1")).to_contain_text("Clock")
        said = report_of(page).locator("body").inner_text()
        assert not re.findall(r"--[a-z][\w-]+", said)
        reading = report_of(page).locator("#reading")
        assert "by its name" in reading.inner_text()
        assert "as you say" not in reading.inner_text()
        kinds = {"Report": b"<!DO", "Workbook": b"PK", "Scored file": b"\xef\xbb\xbf"}
        for name, begins in kinds.items():
            with page.expect_download() as kept:
                page.locator("#file-result").get_by_text(name, exact=name == "Report").click()
            assert kept.value.path().read_bytes().startswith(begins)


def test_a_refusal_stays_and_wipes_nothing(page: Page, link: str) -> None:
    page.goto(link)
    heading = report_of(page).locator("h1")
    expect(heading).to_contain_text("Clock")
    page.get_by_role("button", name="The file and its columns").click()
    choice(page, "Text of the review").select_option("(none)")
    expect(page.locator("#choice-problem")).to_contain_text("Say which column holds the text")
    page.locator("#file-begin").click()
    refusal = page.locator("#file-refusal [role=alert]")
    expect(refusal).to_contain_text("Not begun: Say which column holds the text")
    choice(page, "Title").select_option("product")  # the page goes on, and all of it is still there
    expect(page.locator("#choice-problem")).to_contain_text("“product” is chosen twice")
    page.locator("#file-begin").click()
    expect(refusal).to_contain_text("Not begun: “product” is chosen twice")
    expect(heading).to_contain_text("Clock")
    assert page.evaluate("location.href") == link


def test_a_file_that_is_not_clear_is_asked_about_and_kept(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "unclear.csv"
    lines = "".join(
        f"a lovely lamp {n};such a broken lamp {n};0{n % 9 + 1}/0{n % 7 + 1}/2025\n"
        for n in range(40)
    )
    file.write_text(f"review;comment;date\n{lines}")
    drop(page, file)
    problem = page.locator("#choice-problem")
    expect(problem).to_contain_text("Which column of 'unclear.csv' holds the reviews is not clear")
    assert "--" not in page.locator("#file-choices").inner_text()
    field = choice(page, "Text of the review")
    expect(field).to_be_focused()
    field.select_option("review")
    expect(problem).to_contain_text("can be read in more than one way")
    page.locator("#file-begin").click()
    refusal = page.locator("#file-refusal [role=alert]")
    expect(refusal).to_contain_text("choose at “Dates such as 03/04/2025”")
    samples = page.locator(".vx-role", has_text="Text of the review")
    expect(samples).to_contain_text("a lovely lamp 0")
    field.focus()
    field.select_option("comment")
    expect(samples).to_contain_text("such a broken lamp 0")
    expect(field).to_be_focused()

    page.reload()
    expect(field).to_have_value("comment")
    expect(samples).to_contain_text("such a broken lamp 0")
    choice(page, "Dates such as 03/04/2025").select_option("day first")
    expect(problem).to_be_hidden()
    page.locator("#file-begin").click()
    expect(report_of(page).locator("h1")).to_be_visible()
    expect(refusal).to_have_count(0)
    assert "called unfavourable" in report_of(page).locator("h1").inner_text()


def test_all_of_it_goes_by_keyboard(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("review,product\na lovely lamp,Lamp\nit is broken,Chair\n")
    drop(page, file)
    expect(choice(page, "Text of the review")).to_be_focused()
    held = []
    for _ in range(16):
        held.append(page.evaluate("document.activeElement.id"))
        if held[-1] == "file-begin":
            break
        page.keyboard.press("Tab")
    assert held[0] == "choice-content"
    assert held[-1] == "file-begin"
    assert "choice-product" in held
    page.keyboard.press("Enter")
    expect(report_of(page).locator("h1")).to_contain_text("2 reviews")


def test_a_cancelled_file_can_go_on(page: Page, large: Path) -> None:
    drop(page, large)
    page.locator("#file-begin").click()
    expect(page.locator("#file-progress progress")).to_be_visible()
    page.get_by_role("button", name="The file and its columns").click()
    expect(page.locator("#file-begin")).to_be_disabled()
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("#file-status")).to_contain_text("cancelled")
    expect(page.locator("#file-begin")).to_be_enabled()
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(page.locator("#file-status")).to_contain_text("scoring")
    page.reload()
    expect(page.locator("#file-status")).to_contain_text("large.csv")
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("#file-status")).to_contain_text("cancelled")


def test_what_cannot_be_taken_is_told(page: Page, tmp_path: Path) -> None:
    page.get_by_role("tab", name="A file").click()
    expect(page.locator("#file-says")).to_contain_text("up to 1 MB")
    large = tmp_path / "too large.csv"
    large.write_bytes(b"review\n" + b"lovely lamp\n" * 100_000)
    page.locator("#file-dropped input[type=file]").set_input_files(large)
    refused = page.locator("#file-refused")
    expect(refused).to_have_text(
        re.compile(r"too large\.csv has 1\.3 MB, and a file may have 1 MB")
    )
    expect(page.get_by_text("Error", exact=True)).to_have_count(0)

    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 no workbook")
    drop(page, broken)
    expect(refused).to_be_hidden()
    told = page.locator("#choice-problem")
    expect(told).to_contain_text("broken.xlsx")
    assert "Traceback" not in told.inner_text()


def test_a_file_that_is_gone_has_a_page_that_says_so(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/?job=forgotten")
    expect(page.locator("#file-status")).to_contain_text("This file is not here any more")
    answer = page.request.get(f"{served.url}/files/forgotten/")
    assert answer.status == 404
    assert "text/html" in answer.headers["content-type"]
    assert "This file is not here any more: drop it again." in answer.text()


def test_columns_fit_a_phone(browser: Browser, served: Served, planted: Path) -> None:
    with looking(browser, served.url, viewport={"width": 390, "height": 800}) as page:
        drop(page, planted)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        box = choice(page, "Date").bounding_box()
        assert box is not None
        assert box["width"] > 250
