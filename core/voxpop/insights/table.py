"""The reviews to be analysed: columns as the caller has them, and as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from voxpop.errors import DataError, UsageError
from voxpop.insights.stray_days import far_days

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class ReviewTable:
    """Scored reviews, one a row. Columns that a file lacks are None; so are single values.

    Attributes:
        texts: n texts, title and content joined.
        probabilities: float64 of shape (n, k), each row sums to 1.
        labels: the k class names, in the order of the columns.
        ids: n names that the file's owner knows the reviews by.
        products: n names; None or "" where it is not known.
        days: datetime64[D] of shape (n,); NaT where it is not known.
        authors: n names; None or "" where it is not known.
        stars: float64 of shape (n,), 1 to 5; NaN where it is not known.

    Raises:
        DataError: the columns do not fit together.
    """

    texts: Sequence[str]
    probabilities: NDArray[np.float64]
    labels: tuple[str, ...]
    ids: Sequence[str] | None = None
    products: Sequence[str | None] | None = None
    days: NDArray[np.datetime64] | None = None
    authors: Sequence[str | None] | None = None
    stars: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        rows, wanted = len(self.texts), (len(self.texts), len(self.labels))
        if self.probabilities.shape != wanted or len(self.labels) < 2:
            raise DataError(
                f"{rows} texts with {len(self.labels)} labels need probabilities of shape "
                f"{wanted} and two labels or more, not {self.probabilities.shape}"
            )
        if not np.isfinite(self.probabilities).all():
            raise DataError("Probabilities must be numbers, and some are not finite")
        for name in ("ids", "products", "days", "authors", "stars"):
            column = getattr(self, name)
            if column is not None and len(column) != rows:
                raise DataError(f"{rows} texts, but {len(column)} {name}")

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, kw_only=True, eq=False)
class CodedReviews:
    """The same reviews as numbers, which all methods count on.

    Attributes:
        unfavourable: bool of shape (n,): the most probable label is one of the unfavourable.
        unfavourable_probability: float64 of shape (n,): the sum over those labels.
        product: int64 of shape (n,): position in `product_names`, -1 where it is not known.
        product_names: sorted.
        day: datetime64[D] of shape (n,).
        dated: bool of shape (n,): the day is known. One that is far from all others is not.
        author: int64 of shape (n,), -1 where it is not known.
        stars: float64 of shape (n,), NaN where it is not known.
    """

    unfavourable: NDArray[np.bool_]
    unfavourable_probability: NDArray[np.float64]
    product: NDArray[np.int64]
    product_names: tuple[str, ...]
    day: NDArray[np.datetime64]
    dated: NDArray[np.bool_]
    author: NDArray[np.int64]
    stars: NDArray[np.float64]

    @classmethod
    def of(cls, table: ReviewTable, unfavourable: Sequence[str]) -> CodedReviews:
        """Code a table; `unfavourable` are names among its labels."""
        rows = len(table)
        columns = [table.labels.index(label) for label in unfavourable]
        product, product_names = _coded(table.products, rows)
        day = np.full(rows, np.datetime64("NaT", "D"))
        if table.days is not None:
            day = np.asarray(table.days).astype("datetime64[D]")
            day = np.where(far_days(day), np.datetime64("NaT", "D"), day)
        stars = np.full(rows, np.nan) if table.stars is None else np.asarray(table.stars, float)
        return cls(
            unfavourable=np.isin(table.probabilities.argmax(axis=1), columns),
            unfavourable_probability=table.probabilities[:, columns].sum(axis=1),
            product=product,
            product_names=product_names,
            day=day,
            dated=~np.isnat(day),
            author=_coded(table.authors, rows)[0],
            stars=stars,
        )

    def __len__(self) -> int:
        return len(self.product)

    def code_of(self, product: str) -> int:
        """Give a product's code, -2 (which no review has) for a name that is unknown."""
        return self._codes.get(product, -2)

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(self.product_names)}

    @cached_property
    def month(self) -> NDArray[np.int64]:
        """Months since January 1970, int64 of shape (n,); -10**6 where the day is not known."""
        months = self.day.astype("datetime64[M]").astype(np.int64)
        return np.where(self.dated, months, -(10**6))


def unfavourable_labels(labels: Sequence[str], wanted: Sequence[str] | None) -> tuple[str, ...]:
    """Decide which labels count as unfavourable.

    What is asked for; else "negative" if there is such a label; else the first label.

    Raises:
        UsageError: a label that is asked for does not exist, or none would be left.
    """
    if wanted is None:
        return ("negative",) if "negative" in labels else (labels[0],)
    unknown = [label for label in wanted if label not in labels]
    if unknown or not wanted or set(wanted) >= set(labels):
        raise UsageError(
            f"The unfavourable labels {list(wanted)} must be some, not all, of the classifier's "
            f"labels: {', '.join(labels)}"
        )
    return tuple(label for label in labels if label in wanted)


def first_day(month: int) -> str:
    """Give the first day of a month that is counted since January 1970, as an ISO date."""
    return str(np.datetime64(month, "M").astype("datetime64[D]"))


def last_day(month: int) -> str:
    """Give the last day of a month that is counted since January 1970, as an ISO date."""
    return str(np.datetime64(month + 1, "M").astype("datetime64[D]") - np.timedelta64(1, "D"))


def _coded(
    values: Sequence[str | None] | None, rows: int
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    if values is None:
        return np.full(rows, -1, dtype=np.int64), ()
    names = sorted({value for value in values if value})
    codes: dict[str | None, int] = {name: code for code, name in enumerate(names)}
    return np.array([codes.get(value, -1) for value in values], dtype=np.int64), tuple(names)
