"""What is not told says why, and the reason is the true one."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest

from tests.core.insights.conftest import Remade
from voxpop.insights import FileInsights, ReviewTable, make_page

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
