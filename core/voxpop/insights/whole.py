"""Whether the file as a whole changed: all its reviews by month as one series of their own.

A brand with one product, or a file that names none, has no product to scan; and a change that all
products share may be too small for each of them to show. So all dated reviews are scanned as one
more series, by themselves: they are no part of the family of tests that the products make.

One series tells little of how much its months wobble, and a wobble that is taken for too small
makes a false alarm. So the level is stricter than that of the products, and stricter still where
the months are few: of 300 made files without a change, whose months wobble by 0.03, 0.95 or more
are silent from five months on (`benchmarks.insights`).

When the whole moved because one product did, or because other products were reviewed, that is
said; it is no second alert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from voxpop.events import Listener, Progress, ignore_events
from voxpop.insights.change import scan_changes
from voxpop.insights.described_change import Series, changed_months, described_change
from voxpop.insights.findings import Change, WholeFile
from voxpop.insights.mix import split_change
from voxpop.insights.record import Selection
from voxpop.insights.table import first_day

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.insights.change import Scan
    from voxpop.insights.mix import MixAndRate
    from voxpop.insights.phrases import PhraseIndex
    from voxpop.insights.table import CodedReviews

NAME = "All reviews together"
_LEVEL, _LEVEL_OF_FEW_MONTHS, _FEW_MONTHS = 0.005, 0.001, 10
_LITTLE, _MOST = 0.5, 0.75  # of the change: what others show less of, what the mix makes more of


def whole_file(
    reviews: CodedReviews,
    index: PhraseIndex,
    alerts: Sequence[Change],
    window: tuple[int, int] | None,
    *,
    seed: int,
    listen: Listener = ignore_events,
) -> WholeFile | None:
    """Scan the months of all reviews as one series; None without two months.

    Args:
        reviews: all of them; the dated ones count, whether they name a product or not.
        index: of their phrases.
        alerts: the products that changed, which may explain what is found.
        window: the first and last month to scan; None when there are not two.
        seed: of the draws.
        listen: hears that it began.
    """
    listen(Progress(stage="scanning the months of all reviews", done=0, total=None, unit=""))
    if window is None:
        return None
    inside = reviews.dated & (reviews.month >= window[0])
    scan, level = _scan(reviews, inside, window, seed)
    rise = float(scan.visible[0])
    change: Change | None = None
    explained_by: tuple[str, ...] = ()
    mix: MixAndRate | None = None
    if scan.p[0] <= level:
        series = Series(name=NAME, mine=inside, opens=Selection())
        change = described_change(reviews, index, scan, 0, series, window, with_phrases=True)
        explained_by = _explaining(reviews, inside, change, alerts, window, seed)
        first, last, _ = changed_months(scan, 0, window)
        if not explained_by:
            mix = _mix(reviews, inside, (first, last), seed)
    return WholeFile(
        first_month=first_day(window[0])[:7],
        last_month=first_day(window[1])[:7],
        is_tested=bool(scan.tested[0]),
        p=float(scan.p[0]),
        wobble=float(scan.rho[0]),
        smallest_rise=None if np.isnan(rise) else rise,
        change=change,
        explained_by=explained_by,
        mix=mix,
    )


def scan_whole(x: NDArray[np.int64], n: NDArray[np.int64], *, seed: int = 0) -> tuple[Scan, float]:
    """Scan one series of months.

    Args:
        x: unfavourable reviews, shape (months,).
        n: reviews, shape (months,).
        seed: of the draws.

    Returns:
        What was found, of one series; and the p-value up to which it is an alert.
    """
    level = _LEVEL if len(n) >= _FEW_MONTHS else _LEVEL_OF_FEW_MONTHS
    return scan_changes(x[None], n[None], seed=seed, level=level), level


def _scan(
    reviews: CodedReviews, rows: NDArray[np.bool_], window: tuple[int, int], seed: int
) -> tuple[Scan, float]:
    months = window[1] - window[0] + 1
    x = np.bincount(reviews.month[rows & reviews.unfavourable] - window[0], minlength=months)
    n = np.bincount(reviews.month[rows] - window[0], minlength=months)
    return scan_whole(x, n, seed=seed)


def _explaining(
    reviews: CodedReviews,
    inside: NDArray[np.bool_],
    change: Change,
    alerts: Sequence[Change],
    window: tuple[int, int],
    seed: int,
) -> tuple[str, ...]:
    """Give the alerted products without which the others show little of the change and no alert."""
    names = tuple(alert.name for alert in alerts if alert.worse == change.worse)
    if not names:
        return ()
    codes = [reviews.code_of(name) for name in names]
    rest = inside & ~np.isin(reviews.product, codes)
    if not rest.any():
        return ()  # all products changed: that is the whole
    scan, level = _scan(reviews, rest, window, seed)
    if scan.p[0] <= level and bool(scan.worse[0]) == change.worse:
        return ()
    moved = _moved(change.before.share, change.after.share)
    left = _moved(*(_share(reviews, rest, count.out_of) for count in (change.before, change.after)))
    return names if abs(left) < _LITTLE * abs(moved) or left * moved < 0 else ()


def _mix(
    reviews: CodedReviews, inside: NDArray[np.bool_], months: tuple[int, int], seed: int
) -> MixAndRate | None:
    """Give mix and rate where other products being reviewed explains most of the change."""
    size = len(reviews.product_names)
    known = inside & (reviews.product >= 0)
    then = (reviews.month >= months[0]) & (reviews.month <= months[1])
    if size < 2 or 2 * known.sum() < inside.sum():
        return None
    counts = []
    for rows in (known & ~then, known & then):
        counts.append(np.bincount(reviews.product[rows & reviews.unfavourable], minlength=size))
        counts.append(np.bincount(reviews.product[rows], minlength=size))
    if not counts[1].sum() or not counts[3].sum():
        return None
    parts = split_change(*counts, seed=seed)
    return parts if parts.mix * parts.change > _MOST * parts.change**2 else None


def _share(reviews: CodedReviews, rows: NDArray[np.bool_], days: Selection) -> float | None:
    some = rows & replace(days, product=None).mask(reviews)
    return float(reviews.unfavourable[some].mean()) if some.any() else None


def _moved(before: float | None, after: float | None) -> float:
    return 0.0 if before is None or after is None else after - before
