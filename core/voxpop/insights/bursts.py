"""Days on which unfavourable reviews came much thicker than usual: a scan over windows.

Every window of 1 to 7 days is compared with what the other days lead one to expect. Daily counts
vary more than Poisson's; so they are taken for negative binomial, with the variance mu + mu^2 / k
and 1 / k by moments from all days, the wildest hundredth left out. The p-value of a window is the
tail of that law, times the number of windows looked at (Bonferroni): a bound, exact enough in the
far tail where bursts are (Kulldorff, "A spatial scan statistic", 1997, is the usual form of such a
scan).

A burst is shown, never dropped: a campaign and a real defect look alike here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxpop.insights.libraries import library

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_DAYS = 7
_FEWEST = 8  # reviews in a window
_MOST_BURSTS = 3
LEVEL = 0.001


@dataclass(frozen=True, kw_only=True)
class DayWindow:
    """A burst: days `first` to `last` (positions, inclusive), and what was to be expected."""

    first: int
    last: int
    found: int
    expected: float
    p: float  # after the number of windows


def scan_days(counts: NDArray[np.int64], *, fewest: int = _FEWEST) -> tuple[DayWindow, ...]:
    """Find bursts in daily counts, the surest first, at most three that do not touch.

    Args:
        counts: reviews a day, shape (days,), no day left out.
        fewest: reviews that a burst must have.
    """
    special = library("scipy.special")
    left = counts.astype(np.float64)
    known = np.ones(len(counts), dtype=bool)
    found: list[DayWindow] = []
    while len(found) < _MOST_BURSTS and known.sum() > LONGEST_DAYS:
        sums = np.concatenate(([0.0], np.cumsum(np.where(known, left, 0.0))))
        blocked = np.concatenate(([0], np.cumsum(~known)))
        days = int(known.sum())
        wobble = _wobble(left[known])
        best: DayWindow | None = None
        for length in range(1, min(LONGEST_DAYS, days // 2) + 1):
            inside = sums[length:] - sums[:-length]
            free = blocked[length:] == blocked[:-length]
            # Half a review more outside: no history is not a rate of 0.
            expected = (sums[-1] - inside + 0.5) * length / (days - length)
            tail = _tail(special, inside, expected, wobble / length)
            tail = np.where(free & (inside >= fewest) & (inside > expected), tail, 1.0)
            place = int(np.argmin(tail))
            p = min(1.0, float(tail[place]) * days * LONGEST_DAYS)
            if p <= LEVEL and (best is None or p < best.p):
                best = DayWindow(
                    first=place,
                    last=place + length - 1,
                    found=int(inside[place]),
                    expected=float(expected[place]),
                    p=p,
                )
        if best is None:
            break
        found.append(best)
        known[max(0, best.first - 1) : best.last + 2] = False
    return tuple(found)


def _wobble(counts: NDArray[np.float64]) -> float:
    """Give 1 / k of the negative binomial by moments, the wildest hundredth of days left out."""
    calm = np.sort(counts)[: max(1, len(counts) - max(1, len(counts) // 100))]
    mean = float(calm.mean())
    return max(0.0, (float(calm.var()) - mean) / mean**2) if mean > 0 else 0.0


def _tail(
    special: object, counts: NDArray[np.float64], mean: NDArray[np.float64], wobble: float
) -> NDArray[np.float64]:
    """P(count or more) of a negative binomial; of Poisson where the wobble is 0."""
    at_least = np.maximum(counts, 1.0)
    if wobble < 1e-9:
        tail = special.pdtrc(at_least - 1, mean)  # type: ignore[attr-defined]
    else:
        size = 1 / wobble
        share = mean / (size + mean)
        tail = special.betainc(at_least, size, share)  # type: ignore[attr-defined]
    return np.where(counts > 0, tail, 1.0)
