"""What every figure carries: how many of how many, and what opens exactly those reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxpop.evaluation.reliability import wilson_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.insights.table import CodedReviews

Interval = tuple[float, float]
"""The two ends of a 95 % interval."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which reviews a figure speaks of; what is None does not narrow.

    It stands in the JSON beside the figure, so that a page, an export or a test opens the very
    reviews that were counted. Days are ISO dates and inclusive; reviews without a date or a
    product are in no selection that asks for one.
    """

    product: str | None = None
    not_product: str | None = None  # any other product
    first_day: str | None = None
    last_day: str | None = None
    unfavourable: bool | None = None
    rows: tuple[int, ...] | None = None  # places in the table, ascending unless `ranked`
    without_rows: tuple[int, ...] | None = None
    ranked: bool = False  # `rows` come in the order to read them in, the surest first

    def mask(self, reviews: CodedReviews) -> NDArray[np.bool_]:
        """Say of each review whether it is meant; bool of shape (n,)."""
        if self.rows is None:
            chosen = np.ones(len(reviews), dtype=bool)
        else:
            chosen = np.zeros(len(reviews), dtype=bool)
            chosen[list(self.rows)] = True
        if self.without_rows is not None:
            chosen[list(self.without_rows)] = False
        if self.product is not None:
            chosen &= reviews.product == reviews.code_of(self.product)
        if self.not_product is not None:
            chosen &= (reviews.product >= 0) & (
                reviews.product != reviews.code_of(self.not_product)
            )
        if self.first_day is not None:
            chosen &= reviews.dated & (reviews.day >= np.datetime64(self.first_day, "D"))
        if self.last_day is not None:
            chosen &= reviews.dated & (reviews.day <= np.datetime64(self.last_day, "D"))
        if self.unfavourable is not None:
            chosen &= reviews.unfavourable == self.unfavourable
        return chosen

    def places(self, reviews: CodedReviews) -> NDArray[np.int64]:
        """Give the places of the reviews in the table, ascending, or as `rows` has them ranked."""
        chosen = self.mask(reviews)
        if not self.ranked or self.rows is None:
            return np.flatnonzero(chosen)
        rows = np.array(self.rows, dtype=np.int64)
        return rows[chosen[rows]]


@dataclass(frozen=True, kw_only=True)
class Count:
    """n of N reviews, the share that is, and what opens both.

    `interval` is Wilson's, 95 %, and takes the reviews for independent of each other. It knows
    nothing of the classifier's own mistakes: see `CorrectedShare` for that.
    """

    n: int
    of: int
    share: float | None  # None when `of` is 0
    interval: Interval | None
    selection: Selection  # opens the n
    out_of: Selection  # opens the N

    @classmethod
    def make(cls, n: int, of: int, selection: Selection, out_of: Selection) -> Count:
        """Make a count with its share and interval."""
        return cls(
            n=int(n),
            of=int(of),
            share=float(n / of) if of else None,
            interval=wilson_interval(int(n), int(of)) if of else None,
            selection=selection,
            out_of=out_of,
        )


def rows_of(mask: NDArray[np.bool_]) -> tuple[int, ...]:
    """Give the places of a mask's reviews as a selection holds them."""
    return tuple(np.flatnonzero(mask).tolist())
