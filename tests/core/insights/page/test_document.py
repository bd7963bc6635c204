from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources

import numpy as np
import pytest

from tests.core.insights.conftest import CHECK, Remade, found_in
from voxpop.insights import CheckSet, FileInsights, ReviewTable
from voxpop.insights.page import Advice, Page, make_page


class Parsed(HTMLParser):
    """Links with a number as their text, sheets with their count and items, and all ids."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[tuple[str, int]] = []
        self.sheets: dict[str, tuple[int, int]] = {}
        self.ids: list[str] = []
        self.targets: list[str] = []
        self._link: str | None = None
        self._sheet = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        if of.get("id"):
            self.ids.append(of["id"] or "")
        if tag == "a":
            self.targets.append(of["href"] or "")
            if of.get("class") == "n":
                self._link = of["href"]
        if tag == "article":
            self._sheet = f"#{of['id']}"
            self.sheets[self._sheet] = (int(of["data-count"] or ""), 0)
        if tag == "li" and self._sheet:
            count, items = self.sheets[self._sheet]
            self.sheets[self._sheet] = (count, items + 1)

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self.links.append((self._link, int(data.replace(",", ""))))
            self._link = None


@pytest.fixture(scope="module")
def page(shop: FileInsights) -> Page:
    return make_page(shop)


def test_every_printed_number_opens_as_many_reviews(page: Page, shop: FileInsights) -> None:
    parsed = Parsed(page.html)
    assert len(parsed.links) > 100
    for sheet, printed in parsed.links:
        count, items = parsed.sheets[sheet]
        assert count == printed  # counted through the selection, not copied
        assert items == min(count, items)
        assert items >= 1
    assert {target for target, _ in parsed.links} <= set(parsed.sheets)
    for figure in page.figures:
        assert len(figure.count.selection.places(shop.coded)) == figure.count.n
        assert len(figure.count.out_of.places(shop.coded)) == figure.count.of


def test_sheets_say_how_many_of_all_they_show(page: Page) -> None:
    parsed = Parsed(page.html)
    short = [sheet for sheet, (count, items) in parsed.sheets.items() if items < count]
    assert short
    for sheet in short:
        count, items = parsed.sheets[sheet]
        written = page.html.partition(f'id="{sheet[1:]}"')[2].partition("</article>")[0]
        assert f"Showing {items:,} of {count:,} reviews" in written


def test_links_lead_somewhere_and_ids_are_unique(page: Page) -> None:
    parsed = Parsed(page.html)
    assert len(set(parsed.ids)) == len(parsed.ids)
    opened = {target for target in parsed.targets if target.startswith("#o")}
    assert opened == set(parsed.sheets)


def test_the_first_screen_names_product_month_and_words(page: Page) -> None:
    first = page.html.partition("<header>")[2].partition("</header>")[0]
    assert "<h1>watch got worse in October 2025: “strap broke”, and 1 more</h1>" in first
    assert "▲" in first
    assert "worse" in first
    assert re.search(r"95% interval \d", first)


def test_the_first_screen_says_what_the_correction_was_measured_on(
    page: Page, shop: FileInsights
) -> None:
    first = page.html.partition("<header>")[2].partition("</header>")[0]
    assert "measured on 500 reviews of the source “film-reviews”: right as far as" in first
    unnamed = replace(shop, check=CheckSet(**{**vars(CHECK), "data": None}))
    assert "measured on the test split: right as far as" in make_page(unnamed).html


def test_labels_of_the_file_are_named_where_they_correct(shop: FileInsights) -> None:
    own = replace(shop.insights.corrected, method="labels of this file", check_set=None, labels=160)
    found = replace(shop, insights=replace(shop.insights, corrected=own))
    first = make_page(found).html.partition("<header>")[2].partition("</header>")[0]
    assert "corrected by 160 labels that a person gave to reviews of this file" in first
    assert "film-reviews" not in first


def many_products(shop_table: ReviewTable) -> FileInsights:
    """40 products, the better ones at the end."""
    product = np.arange(len(shop_table)) % 40
    bad = np.random.default_rng(3).random(len(product)) < (40 - product) / 50
    chance = np.where(bad, 0.9, 0.05)
    return found_in(
        replace(
            shop_table,
            probabilities=np.stack((chance, 1 - chance), axis=1),
            products=[f"p{one:02d}" for one in product],
        )
    )


def section_of(html: str, identifier: str) -> str:
    return html.partition(f'<section id="{identifier}"')[2].partition("</section>")[0]


def test_the_worst_and_the_best_products_are_shown_and_where_the_others_are(
    shop_table: ReviewTable,
) -> None:
    found = many_products(shop_table)
    page = make_page(found)
    section = section_of(page.html, "products")
    assert "The worst of 40, by a share" in section
    assert "The best of them, by the same share" in section
    assert section.count('<th scope="row">') == 20
    assert "20 more lie between them; all are in the workbook (--xlsx) and the JSON" in section
    assert found.insights.ranking is not None
    best = found.insights.ranking.best[0]
    assert f'<th scope="row">{best.product}</th>' in section
    counted = [figure.count for figure in page.figures if figure.section == "Products"]
    assert best.count in counted


def test_few_products_are_one_list(page: Page) -> None:
    section = section_of(page.html, "products")
    assert "All products, the worst first" in section
    assert "The best" not in section


def test_what_praise_says_is_told_with_its_reviews(page: Page, shop: FileInsights) -> None:
    section = section_of(page.html, "words")
    assert "What customers praise" in section
    praise = shop.insights.praise[0]
    assert any("like" in phrase.phrase for phrase in shop.insights.praise)
    assert praise.count.of == shop.insights.share.of - shop.insights.share.n
    assert praise.count in [figure.count for figure in page.figures]


def test_what_contradicts_its_stars_is_listed_the_surest_first(
    remade: Remade, shop_table: ReviewTable
) -> None:
    rng = np.random.default_rng(6)
    chance = np.where(shop_table.probabilities[:, 0] > 0.5, rng.uniform(0.6, 1, 900), 0.05)
    stars = np.full(900, 5.0)
    found = remade(probabilities=np.stack((chance, 1 - chance), axis=1), stars=stars)
    page = make_page(found)
    number = next(
        number
        for number, (what, _) in page.selections.items()
        if what == "Complaints with 4 or 5 stars"
    )
    sheet = page.html.partition(f'id="o{number}"')[2].partition("</article>")[0]
    assert ", the surest first" in sheet
    listed = [int(row) - 1 for row in re.findall(r"<small>row (\d+)", sheet)]
    by_chance = sorted(np.flatnonzero(chance > 0.5).tolist(), key=lambda row: (-chance[row], row))
    assert listed == by_chance[: len(listed)]
    assert len(listed) < len(by_chance)


def test_reviews_without_a_date_or_a_product_are_counted(
    remade: Remade, shop_table: ReviewTable
) -> None:
    assert shop_table.days is not None
    days, products = shop_table.days.copy(), list(shop_table.products or ())
    days[:7] = np.datetime64("NaT", "D")
    products[:4] = [None] * 4
    html = make_page(remade(days=days, products=products)).html
    assert "7 reviews have no date and are in no month." in section_of(html, "months")
    assert "4 reviews name no product." in section_of(html, "products")


def test_a_spell_that_is_over_is_told_with_its_months() -> None:
    rng = np.random.default_rng(5)
    product, month = (each.ravel() for each in np.indices((20, 12)))
    product, month = np.repeat(product, 33), np.repeat(month, 33)
    bad = rng.random(len(product)) < np.where(
        (product == 7) & (month >= 6) & (month <= 8), 0.5, 0.12
    )
    table = ReviewTable(
        texts=[f"number {row} {'is bad' if one else 'is good'}" for row, one in enumerate(bad)],
        probabilities=np.stack((bad, ~bad), axis=1).astype(np.float64),
        labels=("negative", "positive"),
        products=[f"p{each}" for each in product],
        days=(np.datetime64("2025-01") + month.astype("timedelta64[M]")).astype("datetime64[D]"),
    )
    found = found_in(table)
    first = make_page(found).html.partition("<header>")[2].partition("</header>")[0]
    assert "<h1>p7 got worse for a time, July to September 2025" in first
    assert re.search("<p>then: .*\n<p>afterwards: ", first)
    assert "p7 got worse from 2025-07 to 2025-09: from " in first
    assert found.insights.changes is not None
    change = found.insights.changes.alerts[0]
    assert (change.month, change.until) == ("2025-07", "2025-09")
    assert change.over is not None
    assert [count.of for count in (change.before, change.after, change.over)] == [198, 99, 99]


SECTIONS = ("changes", "products", "months", "words", "aspects", "bursts", "copies", "mix", "stars")


@pytest.mark.parametrize("identifier", [*SECTIONS, "trust", "reading"])
def test_every_section_is_there(page: Page, identifier: str) -> None:
    assert f'<section id="{identifier}"' in page.html


def test_the_same_insights_give_the_same_bytes(page: Page, remade: Remade) -> None:
    assert make_page(remade()).html == page.html


def test_the_page_needs_nothing_from_outside(page: Page) -> None:
    assert "http" not in page.html.replace('http-equiv="Content-Security-Policy"', "")
    for forbidden in ("<script", "<link", "<img", "@import", "url(", "javascript:"):
        assert forbidden not in page.html


def test_hostile_words_stay_words(remade: Remade, shop_table: ReviewTable) -> None:
    evil = "<script>alert(1)</script>\u202e\x00\ud800"
    found = remade(
        texts=[f"{evil} {text}" for text in shop_table.texts],
        products=[f'"><script>{name}' for name in shop_table.products or ()],
    )
    html = make_page(found).html
    assert "<script" not in html
    assert "\u202e" not in html
    assert "&lt;script&gt;alert(1)" in html
    html.encode()
    Parsed(html)


def test_few_reviews_get_no_share(remade: Remade) -> None:
    html = make_page(remade(first=7)).html
    assert "<h1>7 reviews: too few for a share</h1>" in html
    assert "too few for a share</span>" in html
    assert "<svg" not in html
    assert "every month has too few reviews for a share" in html


def test_sections_say_which_column_they_lack(remade: Remade) -> None:
    html = make_page(remade(products=None, days=None, authors=None, stars=None)).html
    assert "this needs a column of products (say which one with --product) and a column" in html
    for option in ("--product", "--date", "--rating"):
        assert option in html
    assert "reviews are called unfavourable</h1>" in html


def test_advice_is_given_in_the_words_of_whoever_shows_the_page(remade: Remade) -> None:
    advice = Advice(
        product="choose it above", date="choose it", rating="choose it", labels="label", more="kept"
    )
    found = remade(products=None, days=None, authors=None, stars=None)
    html = make_page(found, advice=advice).html
    assert "this needs a column of products (choose it above)" in html
    assert not re.findall(r"--[a-z]", html[html.index("<body>") :])


def test_a_large_file_makes_no_large_page(shop_table: ReviewTable) -> None:
    wordy = ReviewTable(
        **{**vars(shop_table), "texts": [text + " and so on" * 40 for text in shop_table.texts]}
    )
    html = make_page(found_in(wordy, ("a.csv", "b.csv"))).html
    assert len(html.encode()) < 2_000_000
    assert "a.csv" in html


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def themes() -> list[dict[str, str]]:
    style = resources.files("voxpop.insights.page").joinpath("page.css").read_text("utf-8")
    blocks = re.findall(r":root \{([^}]*)\}", style)
    named = [dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6});", block)) for block in blocks]
    return [
        {
            name: value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:])
            for name, value in block.items()
        }
        for block in named
    ]


def test_there_is_a_light_a_dark_and_a_printed_theme() -> None:
    assert len(themes()) == 3


@pytest.mark.parametrize("theme", range(3))
def test_contrast_is_enough_to_read(theme: int) -> None:
    colours = themes()[theme]
    for ground in ("page", "card"):
        for ink in ("ink", "muted", "better", "worse"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
        assert contrast(colours["edge"], colours[ground]) >= 3, ground
