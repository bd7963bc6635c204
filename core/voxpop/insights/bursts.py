"""Days on which unfavourable reviews came much thicker than usual: a scan over windows.

Every window of 1 to 7 days is compared with what the other days lead one to expect. Daily counts
vary more than Poisson's; so they are taken for negative binomial, with the variance mu + mu^2 / k
and 1 / k by moments from all days, the wildest hundredth left out. The p-value of a window is the
tail of that law, times the number of windows looked at (Bonferroni): a bound, exact enough in the
far tail where bursts are. Of all windows that are sure by that, the one with the largest likelihood
ratio is the burst (Kulldorff, "A spatial scan statistic", 1997). Tails cannot choose it: those of a
large campaign are all below the smallest number there is, and wild days make a window surer by
every calm day added to it.

A burst is shown, never dropped: a campaign and a real defect look alike here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from voxpop.insights.libraries import library

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_DAYS = 7
_FEWEST = 8  # reviews in a window
_MOST_BURSTS = 3
LEVEL = 0.001
_SMALLEST = 1e-290  # of a tail that is computed directly


@dataclass(frozen=True, kw_only=True)
class DayWindow:
    """A burst: days `first` to `last` (positions, inclusive), and what was to be expected."""

    first: int
    last: int
    found: int
    expected: float
    p: float  # after the number of windows; 0.0 where it is below the smallest number


def scan_days(counts: NDArray[np.int64], *, fewest: int = _FEWEST) -> tuple[DayWindow, ...]:
    """Find bursts in daily counts, the strongest first, at most three that do not touch.

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
        largest = 0.0
        for length in range(1, min(LONGEST_DAYS, days // 2) + 1):
            inside = sums[length:] - sums[:-length]
            free = blocked[length:] == blocked[:-length]
            # Half a review more outside: no history is not a rate of 0.
            expected = (sums[-1] - inside + 0.5) * length / (days - length)
            tail = _log_tail(special, inside, expected, wobble / length)
            log_p = tail + math.log(days * LONGEST_DAYS)
            may_be = free & (inside >= fewest) & (inside > expected) & (log_p <= math.log(LEVEL))
            ratio = np.where(may_be, special.kl_div(inside, expected), 0.0)
            place = int(np.argmax(ratio))
            if ratio[place] > largest:
                largest = float(ratio[place])
                best = DayWindow(
                    first=place,
                    last=place + length - 1,
                    found=int(inside[place]),
                    expected=float(expected[place]),
                    p=math.exp(float(log_p[place])),
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


def _log_tail(
    special: Any, counts: NDArray[np.float64], mean: NDArray[np.float64], wobble: float
) -> NDArray[np.float64]:
    """Give log P(count or more) of a negative binomial; of Poisson where the wobble is 0."""
    at_least = np.maximum(counts, 1.0)
    size = 1 / wobble if wobble >= 1e-9 else math.inf
    if math.isinf(size):
        tail = special.pdtrc(at_least - 1, mean)
    else:
        tail = special.betainc(at_least, size, mean / (size + mean))
    far = tail < _SMALLEST
    log_tail = np.log(np.where(far, 1.0, tail))
    log_tail[far] = _far_log_tail(special, at_least[far], mean[far], size)
    return np.where(counts > 0, log_tail, 0.0)


def _far_log_tail(
    special: Any, count: NDArray[np.float64], mean: NDArray[np.float64], size: float
) -> NDArray[np.float64]:
    """The same where the tail is no number any more: P(count) and a geometric series after it.

    Each further term is smaller than the one before by a factor of at most `ratio`.
    """
    log_here = -special.gammaln(count + 1)
    if math.isinf(size):
        log_here += count * np.log(mean) - mean
        ratio = mean / (count + 1)
    else:
        share = mean / (size + mean)
        log_here += special.gammaln(count + size) - special.gammaln(size)
        log_here += count * np.log(share) + size * np.log1p(-share)
        ratio = share * np.maximum(1.0, (count + size) / (count + 1))
    return np.asarray(log_here - np.log1p(-ratio))
