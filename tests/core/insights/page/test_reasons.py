"""What is not told says why, and the reason is the true one."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import numpy as np
import pytest

from tests.core.insights.conftest import Remade
from voxpop.insights import FileInsights, ReviewTable, make_page
from voxpop.insights.page.first_screen import headline

NOT_A_DAY = np.datetime64("NaT", "D")


def section(found: FileInsights, identifier: str) -> str:
    """The words of a section, without marks."""
    page = make_page(found).html
    body = page[page.index(f'<section id="{identifier}"') :].partition("</section>")[0]
    return html.unescape(re.sub("<[^>]+>", " ", body))


def test_no_review_has_both_a_product_and_a_date(remade: Remade, shop_table: ReviewTable) -> None:
    assert shop_table.days is not None
    found = remade(days=np.full(len(shop_table), NOT_A_DAY))
    for told in (section(found, "changes"), section(found, "mix")):
        assert "no review has both a product and a date that could be read" in told


def test_one_month_is_one_month(remade: Remade, shop_table: ReviewTable) -> None:
    found = remade(days=np.full(len(shop_table), np.datetime64("2025-05-05", "D")))
    assert "lie in one month" in section(found, "changes")
    assert "fewer than 30 reviews with a product and a date" in section(found, "mix")


@pytest.mark.parametrize(("late", "told"), [(29, False), (30, True)])
def test_a_few_late_reviews_are_no_change_of_the_mix(
    remade: Remade, shop_table: ReviewTable, late: int, told: bool
) -> None:
    days = np.full(len(shop_table), np.datetime64("2025-01-05", "D"))
    days[:late] = np.datetime64("2025-06-05", "D")
    found = remade(days=days)
    assert (found.insights.mix is not None) == told
    assert ("fewer than 30" in section(found, "mix")) != told


def test_one_product_has_no_mix(remade: Remade, shop_table: ReviewTable) -> None:
    found = remade(products=["watch"] * len(shop_table))
    assert "all reviews are of one product" in section(found, "mix")


def test_stars_that_could_not_be_read_are_no_missing_column(
    remade: Remade, shop_table: ReviewTable
) -> None:
    found = remade(stars=np.full(len(shop_table), np.nan))
    assert "no stars from 1 to 5 could be read" in section(found, "stars")


def test_what_could_not_be_tested_is_not_said_to_have_stayed(
    remade: Remade, shop_table: ReviewTable
) -> None:
    """With a product of its own for every second review none has enough to be compared."""
    found = remade(products=[f"p{row // 2}" for row in range(len(shop_table))], authors=None)
    found = replace(found, insights=replace(found.insights, bursts=()))
    assert headline(found) == "No product has reviews enough to tell a change from chance"
    assert "no product has reviews enough in these months" in section(found, "changes")
    assert "none of the" not in section(found, "changes")


def test_the_months_that_were_compared_are_told(remade: Remade, shop_table: ReviewTable) -> None:
    days = np.datetime64("2020-01-01", "D") + (np.arange(len(shop_table)) * 2).astype(
        "timedelta64[D]"
    )
    found = remade(days=days)
    told = "Months compared: 2023-01 to 2024-12; earlier ones were not looked at for changes."
    assert told in section(found, "changes")
    found = replace(found, insights=replace(found.insights, bursts=()))
    assert headline(found).endswith("by more than chance, January 2023 to December 2024")
