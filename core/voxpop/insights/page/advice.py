"""How whoever reads the page does what it advises: the command line's way, or another one's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Advice:
    """Ends of sentences; those of the command line unless said otherwise.

    Attributes:
        product: how to say which column holds products; so for dates and stars.
        labels: how to hand over one's own labels.
        more: where the rest of a list is.
        all_products: where all products are.
    """

    product: str = "say which one with --product"
    date: str = "say which one with --date"
    rating: str = "say it with --rating"
    labels: str = "label 100 of your own, drawn at random, and name the column with --labels-column"
    more: str = "in the JSON (--json)"
    all_products: str = "in the workbook (--xlsx) and the JSON (--json)"
