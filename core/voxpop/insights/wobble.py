"""How much the months of a product wobble beyond chance: an upper limit of what is known.

rho is the correlation of two reviews of one product and month (Donner, "A Review of Inference
Procedures for the Intraclass Correlation Coefficient", International Statistical Review 54, 1986).
Each product tells of it by moments: the squares of x_t - n_t p beyond what dealing out at random
gives, over what rho = 1 would add. With m reviews a month and k + 1 months that figure, plus 1 / m,
is about 1 / m + rho times a chi-square of k degrees, over k. So the products together give a
likelihood of rho, evaluated on a grid. The prior is Jeffreys', the root of the Fisher information
(Proceedings of the Royal Society A 186, 1946), times a half-normal one of deviation 0.03: wobbles
are small. A product's own months are taken apart at its best change first, for a change must not
hide itself as wobble; and of the others one in 100 is taken to have changed or had a campaign, so
that no single one decides (contamination: Box and Tiao, Biometrika 55, 1968).

5,000 reviews leave rho open by 0.004 to 0.007, and too small a value makes false alarms of many
products at once. So what is reckoned with is no estimate but the upper 90 % limit of what is known
(in the spirit of Berger and Boos, "P Values Maximized over a Confidence Set for the Nuisance
Parameter", JASA 89, 1994). With many products limit and estimate are the same; with a few the limit
is large, and only large changes are alerted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST = 0.5
_USUAL = 0.03  # deviation of the prior
_LIMIT = 0.9
_EVENTS = 0.01  # share of products that changed or had a campaign
_STEPS = 96
_ENDS = LARGEST * (np.arange(_STEPS + 1) / _STEPS) ** 2  # finer where wobbles are small
_GRID = LARGEST * ((np.arange(_STEPS) + 0.5) / _STEPS) ** 2
_AT_ONCE = 10_000  # products, to bound the memory


def estimate_wobble(
    x: NDArray[np.int64], n: NDArray[np.int64], apart: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Give for each product the wobble to reckon with.

    Args:
        x: unfavourable reviews, shape (products, months).
        n: reviews, shape (products, months).
        apart: the months that each product's best change sets apart, shape (products, months).

    Returns:
        Shape (products,), within [0, 0.5].
    """
    parts = [slice(start, start + _AT_ONCE) for start in range(0, len(n), _AT_ONCE)]
    known, information = np.log(np.diff(_ENDS)) - _GRID**2 / 2 / _USUAL**2, np.zeros(_STEPS)
    for part in parts:
        likelihood, expected = _log_likelihood(x[part], n[part])
        known = known + _softened(likelihood).sum(axis=0)
        information += expected.sum(axis=0)
    if information.all():
        known = known + np.log(information) / 2
    rho = np.empty(len(n))
    for part in parts:
        of_it = known - _softened(_log_likelihood(x[part], n[part])[0])
        for side in (apart[part], ~apart[part]):
            of_it = of_it + _log_likelihood(x[part] * side, n[part] * side)[0]
        weight = np.exp(of_it - of_it.max(axis=1, keepdims=True))
        below = weight.cumsum(axis=1) / weight.sum(axis=1, keepdims=True)
        at = (below >= _LIMIT).argmax(axis=1)
        row = np.arange(len(at))
        under = np.where(at > 0, below[row, at - 1], 0.0)
        within = (_LIMIT - under) / (below[row, at] - under)
        rho[part] = _ENDS[at] + within * (_ENDS[at + 1] - _ENDS[at])
    return rho


def _softened(likelihood: NDArray[np.float64]) -> NDArray[np.float64]:
    """Let no product say more than it would if something had happened to it, as to one in 100."""
    best = likelihood.max(axis=1, keepdims=True)
    usual = np.exp(likelihood - best)
    return np.asarray(
        best + np.log((1 - _EVENTS) * usual + _EVENTS * usual.mean(axis=1, keepdims=True))
    )


def _log_likelihood(
    x: NDArray[np.int64], n: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each product says of rho, and its Fisher information; 0 where it says nothing.

    Both have the shape (products, grid).
    """
    x_all, n_all = x.sum(axis=1), n.sum(axis=1)
    usable = (x_all > 0) & (x_all < n_all)
    total = np.maximum(n_all, 2)[:, None]
    p = (x_all / np.maximum(n_all, 1))[:, None]
    spread = np.where(usable[:, None], p * (1 - p), 1.0)
    chance = n * (total - n) / (total - 1)
    beyond = (((x - n * p) ** 2) / spread - chance).sum(axis=1)
    # What rho = 1 adds to the sum: pairs within months, less what the product's own mean takes.
    pairs = n * (n - 1)
    added = (pairs * (1 - 2 * n / total) + (n / total) ** 2 * pairs.sum(axis=1, keepdims=True)).sum(
        axis=1
    )
    usable &= added > 0
    single = np.where(usable, beyond / np.where(usable, added, 1.0), 0.0)
    degrees = np.where(usable, np.maximum(1, (n > 0).sum(axis=1)) - 1, 0)[:, None]
    by_chance = 1 / np.where(usable, pairs.sum(axis=1) / np.maximum(n_all, 1) + 1, 1.0)
    scale = by_chance[:, None] + _GRID
    seen = np.maximum(by_chance + single, 0.0)[:, None]
    return -degrees / 2 * (np.log(scale) + seen / scale), degrees / 2 / scale**2
