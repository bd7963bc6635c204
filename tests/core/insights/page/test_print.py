"""The report on paper, by a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.core.insights.conftest import Remade, found_in
from voxpop.insights import FileInsights, ReviewTable
from voxpop.insights.page import make_page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def sheets_of(browser: Browser, found: FileInsights, place: Path) -> int:
    file = place / "report.html"
    file.write_text(make_page(found).html, encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    return len(re.findall(rb"/Type\s*/Page\b", printed))


def test_a_report_is_printed_on_six_sheets_of_a4(
    browser: Browser, shop: FileInsights, tmp_path: Path
) -> None:
    assert 2 <= sheets_of(browser, shop, tmp_path) <= 6


def test_so_is_one_in_which_every_list_is_full(
    browser: Browser, shop_table: ReviewTable, tmp_path: Path
) -> None:
    # 40 products with long names, 30 of which got worse; bursts and groups of copies in each.
    rng = np.random.default_rng(1)
    rows = 12_000
    product = rng.integers(0, 40, rows)
    day = np.datetime64("2024-01-01") + rng.integers(0, 730, rows).astype("timedelta64[D]")
    late = (product < 30) & (day >= np.datetime64("2025-06-01"))
    bad = rng.random(rows) < np.where(late, 0.8, 0.1)
    nouns = ["battery", "strap", "price", "screen", "box", "cable", "lid", "hinge", "zip", "wheel"]
    texts = [
        f"{shop_table.texts[row % 900]}. The {nouns[row % 10]} is {'bad' if bad[row] else 'good'} "
        f"in case {row}"
        for row in range(rows)
    ]
    first_burst = np.datetime64("2024-03-03")
    for one in range(40):
        burst = np.flatnonzero(product == one)[:25]
        day[burst], bad[burst] = first_burst + np.timedelta64(7 * (one % 30), "D"), True
        for row in burst:
            texts[row] = f"number {one} came torn from shop {one} and no one would take it back"
    chance = np.where(bad, 0.9, 0.05)
    table = ReviewTable(
        texts=texts,
        probabilities=np.stack((chance, 1 - chance), axis=1),
        labels=("negative", "positive"),
        products=[f"An outdoor article of the longer kind, number {one}" for one in product],
        days=day,
        authors=[f"a{row}" for row in range(rows)],
        stars=np.where(bad ^ (rng.random(rows) < 0.05), 1.0, 5.0),
    )
    found = found_in(table)
    assert found.insights.changes is not None
    assert len(found.insights.changes.alerts) >= 20
    assert sheets_of(browser, found, tmp_path) <= 6


def test_the_smallest_report_is_one_sheet_or_two(
    browser: Browser, remade: Remade, tmp_path: Path
) -> None:
    assert sheets_of(browser, remade(first=7), tmp_path) <= 2
