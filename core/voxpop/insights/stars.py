"""Reviews whose stars contradict their text: flipped scales, irony, or the classifier's mistakes.

A review of 4 stars or more should read well and one of 2 or fewer badly; 3 stars say neither. The
surest contradictions come first, by the probability of the side that the stars deny (the ranking
of confident learning: Northcutt, Jiang and Chuang, JAIR 70, 2021, by self-confidence). What is
listed is to be read, not to be mended by a machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAVOURABLE_STARS, UNFAVOURABLE_STARS = 4.0, 2.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Contradictions:
    """Contradicting reviews in two slices, rows of the table, the surest first."""

    complaints_with_many_stars: NDArray[np.int64]
    praise_with_few_stars: NDArray[np.int64]  # irony is here, with the flipped stars


def contradictions(
    unfavourable_probability: NDArray[np.float64], stars: NDArray[np.float64]
) -> Contradictions:
    """Find reviews whose text is more probably of the other side than their stars.

    Args:
        unfavourable_probability: of the text, shape (n,).
        stars: 1 to 5, NaN where unknown, shape (n,).
    """
    with np.errstate(invalid="ignore"):
        many, few = stars >= FAVOURABLE_STARS, stars <= UNFAVOURABLE_STARS

    def surest(rows: NDArray[np.bool_], against: NDArray[np.float64]) -> NDArray[np.int64]:
        places = np.flatnonzero(rows & (against > 0.5))
        return places[np.argsort(-against[places], kind="stable")]

    return Contradictions(
        complaints_with_many_stars=surest(many, unfavourable_probability),
        praise_with_few_stars=surest(few, 1 - unfavourable_probability),
    )
