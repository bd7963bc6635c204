"""Which shares changed, and in which months: a scan over all splits and spells.

For a product with x_t unfavourable of n_t reviews in month t, every split into "before" and "from
t on" is compared with no split by the likelihood ratio

    G = max over t of  ll(x1, n1) + ll(x2, n2) - ll(x, n)
    ll(x, n) = x log(x / n) + (n - x) log(1 - x / n)

and so is every spell of months with all others (`spell.py`), for products with reviews enough to
show one.

The p-value says how often months without any change give as large a G: their unfavourable reviews
are dealt out over the months at random, the totals fixed (multivariate hypergeometric). Real
months wobble more than that; so the months are drawn with the wobble that the file leaves possible
(beta-binomial; `wobble.py`). Draws go on for as long as a p-value is small (Besag and Clifford,
"Sequential Monte Carlo p-values", Biometrika 78, 1991).

Over all products the p-values are adjusted by Benjamini and Hochberg (1995), each divided first by
a weight of mean 1 that grows with the root of the product's reviews, as does what can be seen of
it. Weights that do not look at x keep the false discovery rate (Genovese, Roeder and Wasserman,
"False Discovery Control with p-Value Weighting", Biometrika 93, 2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxpop.insights.intervals import adjusted_p
from voxpop.insights.libraries import library
from voxpop.insights.likelihood import log_likelihood, n_log_n
from voxpop.insights.spell import best_spells, largest_spell_gain
from voxpop.insights.wobble import estimate_wobble

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.05
STEP_MONTHS = 3  # how long a change must have lasted for the smallest visible one
_FEWEST_REVIEWS = 20  # a share that rests on fewer is not tested
_FEWEST_OF_A_KIND = 3
_FEWEST_FOR_A_SPELL = 100  # reviews; fewer show none, and there are many such products
_ENOUGH_EXCEEDANCES = 10
_FIRST_DRAWS, _FEWEST_DRAWS = 200, 2_000
_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Scan:
    """What the scan found, arrays of shape (products,) in the order given.

    Attributes:
        tested: enough reviews to be tested at all, judged by the totals alone.
        p: 1 where not tested.
        q: p weighted and adjusted for the number of tests; 1 where not tested.
        split: the first month after the change, the best one.
        spell: shape (products, 2), the first month of a change that is over again and the first
            month after it, where such a spell explains far more than any split; else -1.
        split_low: the earliest month that fits nearly as well (G within 1.92 of the best).
        split_high: the latest such month.
        worse: the share rose, within the spell if there is one.
        rho: the wobble that the draws had.
        visible: the smallest rise of the share that would be an alert in 4 of 5 files had it come
            with the last three months; NaN where none would.
    """

    tested: NDArray[np.bool_]
    p: NDArray[np.float64]
    q: NDArray[np.float64]
    split: NDArray[np.int64]
    spell: NDArray[np.int64]
    split_low: NDArray[np.int64]
    split_high: NDArray[np.int64]
    worse: NDArray[np.bool_]
    rho: NDArray[np.float64]
    visible: NDArray[np.float64]


def scan_changes(
    x: NDArray[np.int64],
    n: NDArray[np.int64],
    *,
    seed: int = 0,
    wobble: bool = True,
    spells: bool = True,
    level: float = LEVEL,
) -> Scan:
    """Scan products for a change of their share at an unknown month, or within unknown months.

    Args:
        x: unfavourable reviews, shape (products, months).
        n: reviews, shape (products, months).
        seed: of the draws.
        wobble: whether to draw with the wobble that the file shows.
        spells: whether to look for changes that are over again, too.
        level: up to which `q` will be taken for an alert.
    """
    products, months = n.shape
    x_all, n_all = x.sum(axis=1), n.sum(axis=1)
    tested = (
        (n_all >= _FEWEST_REVIEWS)
        & (np.minimum(x_all, n_all - x_all) >= _FEWEST_OF_A_KIND)
        & ((n > 0).sum(axis=1) >= 2)
    )
    logs = n_log_n(int(np.max(n_all, initial=0)))
    gains = _gains(x, n, logs)
    lasting = gains.max(axis=1, initial=0.0)
    split = gains.argmax(axis=1) + 1 if months > 1 else np.ones(products, dtype=np.int64)
    near = gains >= (lasting - 1.92)[:, None]
    may_be_over = (n_all >= _FEWEST_FOR_A_SPELL) & spells
    best = _largest_gains(x, n, logs, may_be_over)
    spell = np.full((products, 2), -1, dtype=np.int64)
    is_over = best > lasting
    spell[is_over] = best_spells(x[is_over], n[is_over], logs)
    month, first, end = np.arange(months), spell[:, :1], spell[:, 1:]
    apart = np.where(is_over[:, None], (month >= first) & (month < end), month >= split[:, None])
    rho = estimate_wobble(x, n, apart) if wobble else np.zeros(products)
    p, q = np.ones(products), np.ones(products)
    places = np.flatnonzero(tested)
    weight = _weights(n_all, tested)
    p[places] = _p_values(
        x[places],
        n[places],
        rho[places],
        best[places],
        weight[places],
        may_be_over[places],
        logs,
        seed,
        level,
    )
    q[places] = np.maximum(p[places], adjusted_p(p[places] / weight[places]))
    x_apart, n_apart = (x * apart).sum(axis=1), (n * apart).sum(axis=1)
    with np.errstate(invalid="ignore"):
        worse = x_apart / n_apart > (x_all - x_apart) / (n_all - n_apart)
    alerts = int((q[places] <= level).sum())
    return Scan(
        tested=tested,
        p=p,
        q=q,
        split=split,
        spell=spell,
        split_low=near.argmax(axis=1) + 1 if months > 1 else split,
        split_high=months - 1 - near[:, ::-1].argmax(axis=1) if months > 1 else split,
        worse=worse,
        rho=rho,
        visible=smallest_visible(x, n, rho, weight, tests=len(places), alerts=alerts, level=level),
    )


def smallest_visible(
    x: NDArray[np.int64],
    n: NDArray[np.int64],
    rho: NDArray[np.float64],
    weight: NDArray[np.float64],
    *,
    tests: int,
    alerts: int,
    level: float = LEVEL,
) -> NDArray[np.float64]:
    """Give the smallest rise in the last three months that would raise an alert in 4 of 5 files.

    By the variance-stabilised share, 2 arcsin(sqrt(p)) (Cohen, "Statistical Power Analysis", 1988,
    chapter 6): the rise must be (z + 0.84) standard errors, z being that of the level which one
    more alert has among so many tests, split over the months scanned. The wobble widens the errors.

    Args:
        x: unfavourable reviews, shape (products, months).
        n: reviews, shape (products, months).
        rho: the wobble, shape (products,).
        weight: of their p-values, shape (products,).
        tests: products tested.
        alerts: products alerted already.
        level: of an alert.

    Returns:
        Shape (products,), as a share (0.2 is 20 points); NaN where no rise is large enough.
    """
    months = n.shape[1]
    step = min(STEP_MONTHS, months - 1)
    if step < 1 or not tests:
        return np.full(len(n), np.nan)
    each = level * (alerts + 1) / tests / (months - 1) * weight
    z = library("scipy.special").ndtri(1 - each.clip(max=level) / 2) + 0.8416
    inflated = n * (1 + (n - 1).clip(min=0) * rho[:, None])
    before, after = n[:, :-step].sum(axis=1), n[:, -step:].sum(axis=1)
    share = (x.sum(axis=1) + 0.5) / (n.sum(axis=1) + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = inflated[:, :-step].sum(axis=1) / before**2
        variance = variance + inflated[:, -step:].sum(axis=1) / after**2
        angle = np.arcsin(np.sqrt(share)) + z * np.sqrt(variance) / 2
        rise = np.sin(angle.clip(max=np.pi / 2)) ** 2 - share
    return np.where((before > 0) & (after > 0) & (angle < np.pi / 2), rise, np.nan)


def _weights(n_all: NDArray[np.int64], tested: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights of the p-values, of mean 1 over the products tested; 1 where there is no other."""
    root = np.sqrt(n_all)
    return np.asarray(root / root[tested].mean()) if tested.any() else np.ones(len(n_all))


def _gains(
    x: NDArray[np.int64], n: NDArray[np.int64], logs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The likelihood gained by each split; shape (..., months - 1)."""
    x_sums, n_sums = x.cumsum(axis=-1), n.cumsum(axis=-1)
    x1, n1 = x_sums[..., :-1], n_sums[..., :-1]
    x_all, n_all = x_sums[..., -1:], n_sums[..., -1:]
    apart = log_likelihood(x1, n1, logs) + log_likelihood(x_all - x1, n_all - n1, logs)
    return np.asarray(apart - log_likelihood(x_all, n_all, logs))


def _largest_gains(
    x: NDArray[np.int64],
    n: NDArray[np.int64],
    logs: NDArray[np.float64],
    may_be_over: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """The likelihood gained by the best split, or spell where one may be; shape (..., products)."""
    largest = _gains(x, n, logs).max(axis=-1, initial=0.0)
    if may_be_over.any():
        over = largest_spell_gain(x[..., may_be_over, :], n[..., may_be_over, :], logs)
        largest[..., may_be_over] = np.maximum(largest[..., may_be_over], over)
    return np.asarray(largest)


def _p_values(
    x: NDArray[np.int64],
    n: NDArray[np.int64],
    rho: NDArray[np.float64],
    best: NDArray[np.float64],
    weight: NDArray[np.float64],
    may_be_over: NDArray[np.bool_],
    logs: NDArray[np.float64],
    seed: int,
    level: float,
) -> NDArray[np.float64]:
    """Draw months without a change until each p-value is known well enough."""
    rng = np.random.default_rng([seed, 4])
    tests = len(n)
    exceeded, drawn = np.zeros(tests, dtype=np.int64), np.zeros(tests, dtype=np.int64)
    open_, draws = np.arange(tests), _FIRST_DRAWS
    while len(open_):
        at_once = max(1, _CELLS_AT_ONCE // (draws * n.shape[1]))
        for start in range(0, len(open_), at_once):
            some = open_[start : start + at_once]
            null = _drawn_months(x[some], n[some], rho[some], draws, rng)
            of = np.broadcast_to(n[some], null.shape)
            gains = _largest_gains(null, of, logs, may_be_over[some])
            exceeded[some] += (gains >= best[some] - 1e-9).sum(axis=0)
        drawn[open_] += draws
        open_ = open_[exceeded[open_] < _ENOUGH_EXCEEDANCES]
        if len(open_):
            # Enough that all that are open could be alerts together, twice over.
            enough = 2 / level * tests / len(open_) / float(np.min(weight[open_]))
            wanted = max(_FEWEST_DRAWS, int(enough))
            draws = min(wanted - int(drawn[open_[0]]), 5 * draws)
            if draws <= 0:
                break
    return (exceeded + 1) / (drawn + 1)


def _drawn_months(
    x: NDArray[np.int64],
    n: NDArray[np.int64],
    rho: NDArray[np.float64],
    draws: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Months without a change; int64 of shape (draws, products, months)."""
    result = np.empty((draws, *n.shape), dtype=np.int64)
    fixed = rho < 1e-4
    if fixed.any():
        left_x = np.broadcast_to(x[fixed].sum(axis=1), (draws, int(fixed.sum()))).copy()
        left_n = n[fixed].sum(axis=1)
        for month in range(n.shape[1]):
            size = n[fixed, month]
            left_n = left_n - size
            taken = rng.hypergeometric(left_x, left_n + size - left_x, size)
            result[:, fixed, month] = taken
            left_x -= taken
    if not fixed.all():
        loose = ~fixed
        share = (x[loose].sum(axis=1) / n[loose].sum(axis=1))[:, None]
        weight = (1 / rho[loose] - 1)[:, None]
        rates = rng.beta(share * weight, (1 - share) * weight, (draws, *n[loose].shape))
        result[:, loose] = rng.binomial(n[loose], rates)
    return result
