"""Which shares changed for good, and since which month: a scan over all splits.

For a product with x_t unfavourable of n_t reviews in month t, every split into "before" and "from
t on" is compared with no split by the likelihood ratio

    G = max over t of  ll(x1, n1) + ll(x2, n2) - ll(x, n)
    ll(x, n) = x log(x / n) + (n - x) log(1 - x / n)

The p-value says how often months without any change give as large a G: their unfavourable reviews
are dealt out over the months at random, the totals fixed (multivariate hypergeometric). Real
months wobble more than that; so the wobble (the correlation of two reviews of one product and
month, rho) is estimated from the file's other products, and where it is above 0 the months are
drawn with it (beta-binomial). Draws go on for as long as a p-value is small (Besag and Clifford,
"Sequential Monte Carlo p-values", Biometrika 78, 1991). Over all products the p-values are
adjusted by Benjamini and Hochberg (1995).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxpop.insights.intervals import adjusted_p
from voxpop.insights.libraries import library

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.05
STEP_MONTHS = 3  # how long a change must have lasted for the smallest visible one
_FEWEST_REVIEWS = 20  # a share that rests on fewer is not tested
_FEWEST_OF_A_KIND = 3
_ENOUGH_EXCEEDANCES = 10
_FIRST_DRAWS, _FEWEST_DRAWS = 200, 2_000
_CELLS_AT_ONCE = 4_000_000
_MARGIN = 0.25  # standard errors
_USUAL_PRECISION = 0.03**-2  # wobbles are small: known before any product was seen


@dataclass(frozen=True, kw_only=True, eq=False)
class Scan:
    """What the scan found, arrays of shape (products,) in the order given.

    Attributes:
        tested: enough reviews to be tested at all, judged by the totals alone.
        p: 1 where not tested.
        q: p adjusted for the number of tests; 1 where not tested.
        split: the first month after the change, the best one.
        split_low: the earliest month that fits nearly as well (G within 1.92 of the best).
        split_high: the latest such month.
        worse: the share rose.
        rho: the wobble that the draws had.
        visible: the smallest rise of the share that would be an alert in 4 of 5 files had it come
            with the last three months; NaN where none would.
    """

    tested: NDArray[np.bool_]
    p: NDArray[np.float64]
    q: NDArray[np.float64]
    split: NDArray[np.int64]
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
) -> Scan:
    """Scan products for a change of their share at an unknown month.

    Args:
        x: unfavourable reviews, shape (products, months).
        n: reviews, shape (products, months).
        seed: of the draws.
        wobble: whether to draw with the wobble that the file shows.
    """
    products, months = n.shape
    x_all, n_all = x.sum(axis=1), n.sum(axis=1)
    tested = (
        (n_all >= _FEWEST_REVIEWS)
        & (np.minimum(x_all, n_all - x_all) >= _FEWEST_OF_A_KIND)
        & ((n > 0).sum(axis=1) >= 2)
    )
    rho = estimate_wobble(x, n) if wobble else np.zeros(products)
    logs = _n_log_n(int(np.max(n_all, initial=0)))
    gains = _gains(x, n, logs)
    best = gains.max(axis=1, initial=0.0)
    split = gains.argmax(axis=1) + 1 if months > 1 else np.ones(products, dtype=np.int64)
    near = gains >= (best - 1.92)[:, None]
    p, q = np.ones(products), np.ones(products)
    places = np.flatnonzero(tested)
    p[places] = _p_values(x[places], n[places], rho[places], best[places], logs, seed)
    q[places] = adjusted_p(p[places])
    row = np.arange(products)
    x1, n1 = x.cumsum(axis=1)[row, split - 1], n.cumsum(axis=1)[row, split - 1]
    with np.errstate(invalid="ignore"):
        worse = (x_all - x1) / (n_all - n1) > x1 / n1
    alerts = int((q[places] <= LEVEL).sum())
    return Scan(
        tested=tested,
        p=p,
        q=q,
        split=split,
        split_low=near.argmax(axis=1) + 1 if months > 1 else split,
        split_high=months - 1 - near[:, ::-1].argmax(axis=1) if months > 1 else split,
        worse=worse,
        rho=rho,
        visible=smallest_visible(x, n, rho, tests=len(places), alerts=alerts),
    )


def estimate_wobble(x: NDArray[np.int64], n: NDArray[np.int64]) -> NDArray[np.float64]:
    """Estimate for each product, from all others, how much months wobble beyond chance.

    rho is the correlation of two reviews of one product and month (Donner, "A review of inference
    procedures for the intraclass correlation coefficient", 1986). Each product gives an estimate by
    moments: the squares of x_t - n_t p beyond what dealing out at random gives, over what rho = 1
    would add. They are averaged by their precision, (months - 1) / 2 (1 / n + rho)^-2 with n the
    reviews a month, so that no single large product decides. Each product gets the average without
    itself, for a change must not hide itself; with few others it stays near 0 (a normal prior with
    a deviation of 0.03). A quarter of a standard error comes on top: too small a rho makes false
    alarms.

    Args:
        x: unfavourable reviews, shape (products, months).
        n: reviews, shape (products, months).

    Returns:
        Shape (products,), within [0, 0.5].
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
    seen = np.maximum(1, (n > 0).sum(axis=1))
    monthly = np.where(usable, pairs.sum(axis=1) / np.maximum(n_all, 1) + 1, 1.0)
    rho = np.zeros(len(n))
    for _ in range(3):
        precision = np.where(usable, (seen - 1) / 2 / (1 / monthly + np.median(rho)) ** 2, 0.0)
        weighted = precision * single
        left = _USUAL_PRECISION + precision.sum() - precision
        mean = (weighted.sum() - weighted) / left
        rho = (mean + _MARGIN / np.sqrt(left)).clip(0.0, 0.5)
    return rho


def smallest_visible(
    x: NDArray[np.int64],
    n: NDArray[np.int64],
    rho: NDArray[np.float64],
    *,
    tests: int,
    alerts: int,
) -> NDArray[np.float64]:
    """Give the smallest rise in the last three months that would raise an alert in 4 of 5 files.

    By the variance-stabilised share, 2 arcsin(sqrt(p)) (Cohen, "Statistical Power Analysis", 1988,
    chapter 6): the rise must be (z + 0.84) standard errors, z being that of the level which one
    more alert has among so many tests, split over the months scanned. The wobble widens the errors.

    Args:
        x: unfavourable reviews, shape (products, months).
        n: reviews, shape (products, months).
        rho: the wobble, shape (products,).
        tests: products tested.
        alerts: products alerted already.

    Returns:
        Shape (products,), as a share (0.2 is 20 points); NaN where no rise is large enough.
    """
    months = n.shape[1]
    step = min(STEP_MONTHS, months - 1)
    if step < 1 or not tests:
        return np.full(len(n), np.nan)
    level = LEVEL * (alerts + 1) / tests / (months - 1)
    z = float(library("scipy.special").ndtri(1 - level / 2)) + 0.8416
    inflated = n * (1 + (n - 1).clip(min=0) * rho[:, None])
    before, after = n[:, :-step].sum(axis=1), n[:, -step:].sum(axis=1)
    share = (x.sum(axis=1) + 0.5) / (n.sum(axis=1) + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = inflated[:, :-step].sum(axis=1) / before**2
        variance = variance + inflated[:, -step:].sum(axis=1) / after**2
        angle = np.arcsin(np.sqrt(share)) + z * np.sqrt(variance) / 2
        rise = np.sin(angle.clip(max=np.pi / 2)) ** 2 - share
    return np.where((before > 0) & (after > 0) & (angle < np.pi / 2), rise, np.nan)


def _n_log_n(largest: int) -> NDArray[np.float64]:
    """Give k log k for k = 0 to `largest`: ll(x, n) is then three look-ups."""
    counts = np.arange(largest + 1, dtype=np.float64)
    counts[:1] = 1.0
    return np.asarray(counts * np.log(counts))


def _gains(
    x: NDArray[np.int64], n: NDArray[np.int64], logs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The likelihood gained by each split; shape (..., months - 1)."""
    x_sums, n_sums = x.cumsum(axis=-1), n.cumsum(axis=-1)
    x1, n1 = x_sums[..., :-1], n_sums[..., :-1]
    x_all, n_all = x_sums[..., -1:], n_sums[..., -1:]

    def likelihood(some_x: NDArray[np.int64], some_n: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(logs[some_x] + logs[some_n - some_x] - logs[some_n])

    apart = likelihood(x1, n1) + likelihood(x_all - x1, n_all - n1)
    return apart - likelihood(x_all, n_all)


def _p_values(
    x: NDArray[np.int64],
    n: NDArray[np.int64],
    rho: NDArray[np.float64],
    best: NDArray[np.float64],
    logs: NDArray[np.float64],
    seed: int,
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
            gains = _gains(null, np.broadcast_to(n[some], null.shape), logs).max(axis=-1)
            exceeded[some] += (gains >= best[some] - 1e-9).sum(axis=0)
        drawn[open_] += draws
        open_ = open_[exceeded[open_] < _ENOUGH_EXCEEDANCES]
        if len(open_):
            # Enough that all that are open could be alerts together, twice over.
            wanted = max(_FEWEST_DRAWS, int(2 / LEVEL * tests / len(open_)))
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
