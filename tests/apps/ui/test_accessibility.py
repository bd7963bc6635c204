"""No serious fault of accessibility, light or dark, in any state of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.apps.ui.conftest import Served, api_of, drop, looking, paused
from tests.axe import axe_script, faults


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_script(tmp_path_factory.mktemp("axe"))


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1200)])
def test_every_state_of_the_page(
    browser: Browser,
    served: Served,
    script: str,
    planted: Path,
    large: Path,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    size = {"width": width, "height": 900}
    with looking(browser, served.url, viewport=size, color_scheme=scheme) as page:
        page.get_by_label("Review", exact=True).fill("a lovely light, but broken: awful")
        page.locator("#review-ask").click()
        expect(page.locator("#review-words .vx-text")).to_be_visible()
        assert faults(page, script) == []
        page.get_by_role("tab", name="The model").click()
        expect(page.locator("#model-shown table").first).to_be_visible()
        assert faults(page, script) == []

        drop(page, large)
        assert faults(page, script) == []
        page.locator("#file-begin").click()
        expect(page.locator("#file-progress progress")).to_be_visible()
        with paused(api_of(served.process)):
            assert faults(page, script) == []
        page.locator("#file-cancel").click()
        expect(page.locator("#file-resume")).to_be_visible()
        assert faults(page, script) == []

        page.get_by_role("button", name="The file and its columns").click()
        drop(page, planted)
        page.locator("#file-begin").click()
        expect(page.locator("iframe.vx-report")).to_be_visible(timeout=120_000)
        page.get_by_role("button", name="Sharpen the shares").click()
        expect(page.locator("#file-keep")).to_be_visible()
        assert faults(page, script) == []

        report = page.frame_locator("iframe.vx-report")
        report.get_by_role("link", name="4,000", exact=True).first.click()
        reviews = report.locator("article.sheet:target").get_by_role("link", name="Show all")
        address = reviews.get_attribute("href")
        assert address is not None
        # The report itself runs no script, not even axe's; its own tests see to its contrast.
        context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
        alone = context.new_page()
        alone.goto(served.url + address)
        assert faults(alone, script) == []
        context.close()
