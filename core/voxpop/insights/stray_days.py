"""Days on which no review can have been written: slips of the pen, and the zero of a clock.

One review of 2052 among thousands makes 2052 the last month of the file: what is scanned are then
months without reviews, and "lately" is one review. So such days count as not known, and are told.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EMPTY_MONTHS = 12
"""Days on the other side of a longer gap than this are far away."""
STRAY_SHARE = 0.005
"""Fewer of the dated reviews than this are no shop that paused, but slips."""
_ZERO_OF_CLOCKS = np.datetime64("1970-01-01", "D")


def days_to_come(days: NDArray[np.datetime64], today: datetime.date) -> NDArray[np.bool_]:
    """Say which days are after tomorrow; bool of shape (n,).

    A day is allowed for time zones. Where most of the days are to come, the clock of this machine
    is wrong or the dates are made up: then none is, for nothing would be left.

    Args:
        days: datetime64[D] of shape (n,), NaT where it is not known.
        today: by the clock.
    """
    late = days > np.datetime64(today, "D") + np.timedelta64(1, "D")  # NaT is later than nothing
    return late if 2 * late.sum() <= (~np.isnat(days)).sum() else np.zeros(len(days), dtype=bool)


def far_days(days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Say which days are a few alone, far from most; bool of shape (n,).

    Those before or after a gap of more than 12 empty months, when fewer than 0.5 % of the dated
    reviews stand together there; and 1970-01-01, which a clock writes that knows no day, when
    no review is within 12 months of it.

    Args:
        days: datetime64[D] of shape (n,), NaT where it is not known.
    """
    known = np.flatnonzero(~np.isnat(days))
    far = np.zeros(len(days), dtype=bool)
    if not len(known):
        return far
    month = days[known].astype("datetime64[M]").astype(np.int64)
    months, of, counts = np.unique(month, return_inverse=True, return_counts=True)
    spell = np.concatenate(([0], np.cumsum(np.diff(months) > EMPTY_MONTHS + 1)))
    sizes = np.bincount(spell, weights=counts)
    stray = sizes < STRAY_SHARE * len(known)
    if len(sizes) > 1 and months[0] == 0 and (days[known][spell[of] == 0] == _ZERO_OF_CLOCKS).all():
        stray[0] = True
    far[known] = stray[spell[of]]
    return far
