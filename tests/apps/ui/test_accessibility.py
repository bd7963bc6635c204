"""No serious fault of accessibility, light or dark, on the page and in its report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.apps.ui.conftest import started
from tests.axe import axe_script, faults
from tests.browser import chromium


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_script(tmp_path_factory.mktemp("axe"))


@pytest.fixture(params=[("light", 390), ("light", 1200), ("dark", 390)], ids=str)
def page(
    request: pytest.FixtureRequest, api: str, variables: dict[str, str], tmp_path: Path
) -> Iterator[Page]:
    words = ["ui", "--api-url", api, "--port", "0"]
    with (
        started(words, variables, tmp_path / "log", "/health/live") as url,
        chromium() as browser,
    ):
        scheme, width = request.param
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
        page.goto(url)
        yield page


def test_every_tab(page: Page, script: str, planted: Path) -> None:
    page.get_by_label("Review", exact=True).fill("a lovely light, but broken: awful")
    page.locator("#review-ask").click()
    expect(page.locator("#review-words .vx-text")).to_be_visible()
    assert faults(page, script) == []

    page.get_by_role("tab", name="The model").click()
    expect(page.locator("#model-shown table").first).to_be_visible()
    assert faults(page, script) == []

    page.get_by_role("tab", name="A file").click()
    expect(page.locator("#file-dropped")).to_be_visible()
    assert faults(page, script) == []
    page.locator("#file-dropped input[type=file]").set_input_files(planted)
    expect(page.locator("#file-columns table")).to_be_visible()
    assert faults(page, script) == []
    page.locator("#file-begin").click()
    expect(page.locator("iframe.vx-report")).to_be_visible(timeout=60_000)
    assert faults(page, script) == []
    report = page.frames[-1]
    assert "/files/" in report.url
    page.goto(report.url)  # alone: scripts of others do not run in it, and it needs none
    expect(page.locator("h1")).to_be_visible()
