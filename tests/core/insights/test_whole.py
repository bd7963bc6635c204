"""The file as a whole as one series: found, silent, and explained by its parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.core.insights.conftest import found_in
from voxpop.insights import CodedReviews, FileInsights, ReviewTable, analyse
from voxpop.insights.page import make_page
from voxpop.insights.whole import NAME

LATE = 9  # the first month after what is planted, from 0


def made(
    bad: NDArray[np.bool_],
    month: NDArray[np.int64],
    products: Sequence[str | None] | None = None,
) -> ReviewTable:
    """Reviews of a year, called rightly; complaints of the late months speak of the strap."""
    texts = []
    for row, (one, at) in enumerate(zip(bad, month, strict=True)):
        said = "is bad" if one else "is good"
        texts.append(f"number {row} {said}" + (". The strap broke" if one and at >= LATE else ""))
    return ReviewTable(
        texts=texts,
        probabilities=np.stack((bad, ~bad), axis=1).astype(np.float64),
        labels=("negative", "positive"),
        products=products,
        days=(np.datetime64("2025-01") + month.astype("timedelta64[M]")).astype("datetime64[D]"),
    )


def turned_bad(products: Sequence[str | None] | None = None) -> ReviewTable:
    """960 reviews, 80 a month, 15 % unfavourable and 50 % from October on."""
    month = np.repeat(np.arange(12), 80)
    chance = np.random.default_rng(3).random(960)
    return made(chance < np.where(month >= LATE, 0.5, 0.15), month, products)


@pytest.fixture(scope="module")
def shop_without_products() -> FileInsights:
    return found_in(turned_bad())


@pytest.mark.parametrize("products", [None, ["watch"] * 960, [None, "watch"] * 480])
def test_a_file_of_no_product_or_of_one_is_scanned(products: Sequence[str] | None) -> None:
    found = analyse(turned_bad(products))
    assert found.changes is None
    assert found.whole is not None
    alert = found.whole.alert
    assert alert is not None
    assert (alert.name, alert.worse, alert.month, alert.until) == (NAME, True, "2025-10", None)
    assert (alert.before.of, alert.after.of) == (720, 240)
    assert "strap broke" in alert.phrases[0].phrase
    assert any(f"{NAME} got worse with 2025-10: from " in one.text for one in found.summary)


def test_its_numbers_open_their_reviews(shop_without_products: FileInsights) -> None:
    whole = shop_without_products.insights.whole
    assert whole is not None
    assert whole.change is not None
    coded = CodedReviews.of(shop_without_products.table, ("negative",))
    phrase = whole.change.phrases[0]
    for count in (whole.change.before, whole.change.after, phrase.count, *phrase.compared):
        assert len(count.selection.places(coded)) == count.n > 0 or count is phrase.compared[0]
        assert len(count.out_of.places(coded)) == count.of


def test_the_page_tells_it_first(shop_without_products: FileInsights) -> None:
    html = make_page(shop_without_products).html
    assert f"<h1>{NAME} got worse in October 2025: “strap broke”" in html
    first = html.partition("<header>")[2].partition("</header>")[0]
    assert f"<h2>{NAME} " in first
    section = html.partition('<section id="changes"')[2].partition("</section>")[0]
    assert "Diamonds: since 2025-10" in section
    assert "Not told by product: this needs a column of products" in section
    assert "other complaints" not in html


def test_a_file_that_did_not_change_says_so_and_what_would_be_seen() -> None:
    month = np.repeat(np.arange(12), 80)
    found = found_in(made(np.random.default_rng(4).random(960) < 0.15, month))
    assert found.insights.whole is not None
    assert found.insights.whole.change is None
    assert found.insights.whole.smallest_rise is not None
    html = make_page(found).html
    assert f"<b>{NAME}:</b> no change by more than chance. A rise of " in html
    assert NAME not in " ".join(one.text for one in found.insights.summary)


def test_a_change_of_one_product_is_not_alerted_twice() -> None:
    rng = np.random.default_rng(5)
    product, month = (each.ravel() for each in np.indices((5, 12)))
    product, month = np.repeat(product, 60), np.repeat(month, 60)
    share = np.where((product == 0) & (month >= LATE), 0.9, 0.15)
    table = made(rng.random(len(share)) < share, month, [f"p{each}" for each in product])
    found = found_in(table)
    whole = found.insights.whole
    assert whole is not None
    assert whole.change is not None
    assert whole.explained_by == ("p0",)
    assert whole.alert is None
    why = "without p0, all others show no change by more than chance"
    assert any(one.text.startswith(NAME) and why in one.text for one in found.insights.summary)
    html = make_page(found).html
    assert "<h1>p0 got worse in October 2025" in html
    assert f"W{why[1:]}." in html


def test_a_change_of_all_products_is_the_whole_s() -> None:
    rng = np.random.default_rng(6)
    product, month = (each.ravel() for each in np.indices((20, 12)))
    product, month = np.repeat(product, 12), np.repeat(month, 12)
    bad = rng.random(len(month)) < np.where(month >= LATE, 0.4, 0.15)
    found = analyse(made(bad, month, [f"p{each}" for each in product]))
    assert found.whole is not None
    assert found.whole.alert is not None
    assert found.whole.alert.month == "2025-10"
    assert found.summary[1].text.startswith(f"{NAME} got worse")


def test_a_change_of_the_mix_is_called_so() -> None:
    rng = np.random.default_rng(9)
    month = np.repeat(np.arange(12), 300)
    cheap = rng.random(len(month)) < np.where(month >= LATE, 0.8, 0.2)
    bad = rng.random(len(month)) < np.where(cheap, 0.5, 0.1)
    found = found_in(made(bad, month, np.where(cheap, "cheap", "dear").tolist()))
    whole = found.insights.whole
    assert whole is not None
    assert whole.change is not None
    assert whole.mix is not None
    assert whole.alert is None
    assert abs(whole.mix.rate) < 0.05 < whole.mix.mix
    html = make_page(found).html
    assert "<h1>More complaints since October 2025, because other products were reviewed" in html
    assert any("because other products were reviewed" in s.text for s in found.insights.summary)


def test_one_month_is_no_series() -> None:
    found = analyse(made(np.arange(60) % 5 == 0, np.zeros(60, dtype=np.int64)))
    assert found.whole is None
