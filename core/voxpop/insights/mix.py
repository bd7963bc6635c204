"""Did the share change because products got worse, or because other products sold?

With weights w (a product's part of the reviews) and shares p, before (0) and after (1):

    mix  = sum over products of (w1 - w0) (p0 + p1) / 2
    rate = sum over products of (p1 - p0) (w0 + w1) / 2,      mix + rate = the whole change

Kitagawa, "Components of a Difference Between Two Rates", JASA 50, 1955. A total can move one way
while every part moves the other (Simpson's paradox; Bickel, Hammel and O'Connell, Science 187,
1975): then `reversed_` warns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.insights.record import Interval

FEWEST_REVIEWS = 30
"""Of a period, or nothing is said of it: the bootstrap is too sure of what few reviews show."""
_DRAWS = 1_000


@dataclass(frozen=True, kw_only=True)
class MixAndRate:
    """A change of the share in its two parts, each with a 95 % interval by bootstrap."""

    change: float
    change_interval: Interval
    mix: float
    mix_interval: Interval
    rate: float
    rate_interval: Interval
    reversed_: bool  # every product with reviews in both moved against the total


def split_change(
    x0: NDArray[np.int64],
    n0: NDArray[np.int64],
    x1: NDArray[np.int64],
    n1: NDArray[np.int64],
    *,
    seed: int = 0,
) -> MixAndRate:
    """Split the change of a share into mix and rate.

    A product that has no reviews in one of the periods counts there with its share in the other:
    that it came or went is mix.

    The bootstrap alone would take a period without any unfavourable review for one that can have
    none. So each period is drawn with half a review more of either kind (as Jeffreys' prior has
    it), spread over the products as all reviews are.

    Args:
        x0: unfavourable reviews a product before, shape (products,).
        n0: reviews before, shape (products,), some.
        x1: unfavourable reviews after.
        n1: reviews after, some.
        seed: of the bootstrap, which draws the reviews of each period anew.
    """
    rng = np.random.default_rng([seed, 5])
    found = _parts(x0, n0, x1, n1)
    drawn = np.empty((_DRAWS, 3))
    half = 0.5 * (n0 + n1) / (n0 + n1).sum()
    chances = [
        np.concatenate((x + half, n - x + half)) / (n.sum() + 1) for x, n in ((x0, n0), (x1, n1))
    ]
    for draw in drawn:
        again = []
        for x, n, chance in ((x0, n0, chances[0]), (x1, n1, chances[1])):
            cells = rng.multinomial(int(n.sum()), chance)
            again += [cells[: len(x)], cells[: len(x)] + cells[len(x) :]]
        draw[:] = _parts(*again)
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    change, mix, rate = (float(part) for part in found)
    both = (n0 > 0) & (n1 > 0)
    moved = x1[both] / n1[both] - x0[both] / n0[both]
    against = bool(len(moved) > 1 and (moved * change < 0).all())
    # By chance alone a small change is reversed now and then: the parts must be sure.
    sure = not low[2] <= 0 <= high[2] and not low[0] <= 0 <= high[0]
    return MixAndRate(
        change=change,
        change_interval=(float(low[0]), float(high[0])),
        mix=mix,
        mix_interval=(float(low[1]), float(high[1])),
        rate=rate,
        rate_interval=(float(low[2]), float(high[2])),
        reversed_=against and sure,
    )


def _parts(
    x0: NDArray[np.int64], n0: NDArray[np.int64], x1: NDArray[np.int64], n1: NDArray[np.int64]
) -> tuple[float, float, float]:
    w0, w1 = n0 / n0.sum(), n1 / n1.sum()
    p0, p1 = x0 / np.maximum(n0, 1), x1 / np.maximum(n1, 1)
    p0, p1 = np.where(n0 > 0, p0, p1), np.where(n1 > 0, p1, p0)
    mix = float(((w1 - w0) * (p0 + p1) / 2).sum())
    rate = float(((p1 - p0) * (w0 + w1) / 2).sum())
    return mix + rate, mix, rate
