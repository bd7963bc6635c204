from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.core.insights.conftest import Remade
from voxpop.insights import FileInsights, ReviewTable
from voxpop.insights.export_xlsx import FORMULA_STARTS, write_workbook
from voxpop.insights.page import make_page


def sheet_of(file: Path, name: str) -> list[dict[str, Any]]:
    book = openpyxl.load_workbook(file, read_only=True)
    heads, *rows = book[name].iter_rows(values_only=True)
    book.close()
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def book(shop: FileInsights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("book") / "shop.xlsx"
    write_workbook(shop, make_page(shop).figures, file)
    return file


def test_every_figure_can_be_counted_again_from_the_reviews(book: Path, shop: FileInsights) -> None:
    reviews = sheet_of(book, "reviews")
    figures = sheet_of(book, "figures")
    listed: dict[int, set[int]] = {}
    for row in sheet_of(book, "listed reviews"):
        listed.setdefault(row["figure"], set()).add(row["review"])
    assert len(figures) == len(make_page(shop).figures) > 50
    for figure in figures:
        named = listed.get(figure["figure"], set())
        meant = [
            each
            for each in reviews
            if (figure["product"] is None or each["product"] == figure["product"])
            and (figure["not_product"] is None or each["product"] != figure["not_product"])
            and (figure["first_day"] is None or each["day"] >= figure["first_day"])
            and (figure["last_day"] is None or each["day"] <= figure["last_day"])
            and (figure["unfavourable"] is None or each["unfavourable"] == figure["unfavourable"])
            and (figure["listed"] == "no" or each["review"] in named)
            and (figure["left_out"] == "no" or each["review"] not in named)
        ]
        assert len(meant) == figure["n"], figure
        if figure["of"]:
            assert figure["share"] == pytest.approx(figure["n"] / figure["of"])


def test_the_summary_is_the_page_s(book: Path, shop: FileInsights) -> None:
    told = [row["sentence"] for row in sheet_of(book, "summary")]
    assert told == [sentence.text for sentence in shop.insights.summary]


def test_all_products_are_there(book: Path, shop: FileInsights) -> None:
    ranking = shop.insights.ranking
    assert ranking is not None
    rows = sheet_of(book, "products")
    assert [row["product"] for row in rows] == [each.product for each in ranking.every]
    first, worst = rows[0], ranking.every[0]
    assert (first["rank"], first["rank_low"], first["rank_high"]) == (1, *worst.rank_interval)
    assert (first["n"], first["of"]) == (worst.count.n, worst.count.of)
    assert first["share"] == pytest.approx(worst.count.share)
    assert first["shrunk_share"] == pytest.approx(worst.shrunk_share)
    assert (first["shrunk_low"], first["shrunk_high"]) == pytest.approx(worst.shrunk_interval)


def test_contradictions_are_listed_the_surest_first(book: Path, shop: FileInsights) -> None:
    stars = shop.insights.stars
    assert stars is not None
    (figure,) = (
        row for row in sheet_of(book, "figures") if row["what"] == "Praise with 1 or 2 stars"
    )
    listed = [
        row["review"] - 1
        for row in sheet_of(book, "listed reviews")
        if row["figure"] == figure["figure"]
    ]
    assert listed == list(stars.ranked_praise)


def test_no_cell_runs_as_a_formula(remade: Remade, shop_table: ReviewTable, tmp_path: Path) -> None:
    starts = [*FORMULA_STARTS, "{=", "http://"]
    texts = [
        f"{starts[row % len(starts)]}HYPERLINK(1) {text}"
        for row, text in enumerate(shop_table.texts)
    ]
    found = remade(texts=texts, products=[f"=1+{name}" for name in shop_table.products or ()])
    file = tmp_path / "evil.xlsx"
    write_workbook(found, make_page(found).figures, file)
    book = openpyxl.load_workbook(file)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    risky = [cell for cell in cells if str(cell.value).startswith(FORMULA_STARTS)]
    assert len(risky) > 900
    assert all(cell.quotePrefix for cell in risky if cell.data_type != "n")
    assert all(cell.hyperlink is None for cell in cells)


def test_the_same_insights_give_the_same_workbook(shop: FileInsights, book: Path) -> None:
    again = book.with_name("again.xlsx")
    write_workbook(shop, make_page(shop).figures, again)
    assert again.read_bytes() == book.read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_a_full_disk_is_a_fault_of_the_disk_and_nothing_else(
    shop: FileInsights, tmp_path: Path
) -> None:
    """Nothing is told a second time when the half-written archive is thrown away."""
    full = tmp_path / "shop.xlsx"
    full.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write_workbook(shop, make_page(shop).figures, full)
    gc.collect()
    assert list(tmp_path.iterdir()) == [full]
