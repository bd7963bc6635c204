"""The section about products: the worst, the best, and how far their places are certain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from voxpop.evaluation.wording import percent
from voxpop.insights.page.markup import Html, interval, n_of, name, note, section, table

if TYPE_CHECKING:
    from voxpop.insights.file_insights import FileInsights
    from voxpop.insights.page.openings import Openings
    from voxpop.insights.ranking import RankedProduct


def products_section(found: FileInsights, openings: Openings) -> Iterator[str]:
    """Products from the worst on."""
    openings.section = "Products"
    yield from section("Which products", "products", _products(found, openings))


def _products(found: FileInsights, openings: Openings) -> Iterator[str]:
    ranking = found.insights.ranking
    if ranking is None:
        yield note(
            f"Not told: this needs a column of products ({openings.advice.product})."
            if found.source.products is None
            else "Not told: all reviews are of one product."
        )
        return
    shrunk = "by a share that is drawn towards the average where reviews are few"
    left = ranking.products - len(ranking.worst) - len(ranking.best)
    if ranking.best:
        yield from _ranked(f"The worst of {ranking.products:,}, {shrunk}", ranking.worst, openings)
        yield from _ranked("The best of them, by the same share", ranking.best, openings)
    else:
        yield from _ranked(f"All products, the worst first, {shrunk}", ranking.worst, openings)
    if left:
        yield note(f"{left:,} more lie between them; all are {openings.advice.all_products}.")
    if found.insights.without_product:
        yield note(f"{found.insights.without_product:,} reviews name no product.")


def _ranked(caption: str, products: Sequence[RankedProduct], openings: Openings) -> Iterator[str]:
    yield from table(
        caption,
        ["Product", "Place, 95% interval", "Shrunk share", "As counted"],
        [
            [
                name(each.product),
                f"{each.rank:,} ({each.rank_interval[0]:,} to {each.rank_interval[1]:,})",
                Html(
                    f"<b>{percent(each.shrunk_share)}</b> "
                    f'<span class="ci">{interval(each.shrunk_interval)}</span>'
                ),
                n_of(
                    openings,
                    each.count,
                    f"{name(each.product)}, called unfavourable",
                    f"{name(each.product)}, all reviews",
                ),
            ]
            for each in products
        ],
    )
