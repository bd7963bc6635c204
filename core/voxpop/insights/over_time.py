"""What changed when: months, lasting changes and bursts, each with what opens its reviews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from voxpop.events import Listener, Progress, followed, ignore_events
from voxpop.insights.bursts import LEVEL as BURST_LEVEL
from voxpop.insights.bursts import scan_days
from voxpop.insights.change import LEVEL, Scan, scan_changes
from voxpop.insights.described_change import Series, described_change
from voxpop.insights.findings import Burst, Change, Changes, MonthShare, Visibility
from voxpop.insights.record import Count, Selection, rows_of
from voxpop.insights.table import CodedReviews, first_day, last_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from voxpop.insights.phrases import PhraseIndex

_MOST_ALERTS, _MOST_WATCHED, _MOST_VISIBILITY = 100, 10, 200
_WATCH_LEVEL = 0.05
_FEWEST_IN_A_BURST = 8


def month_shares(reviews: CodedReviews, product: str | None = None) -> tuple[MonthShare, ...]:
    """Count every month of the file, those without reviews too; None counts all products."""
    if not reviews.dated.any():
        return ()
    month = reviews.month[reviews.dated]
    final = np.max(reviews.day[reviews.dated])
    mine: NDArray[np.bool_] | bool = True
    if product is not None:
        mine = reviews.product[reviews.dated] == reviews.code_of(product)
    shares = []
    for each in range(int(np.min(month)), int(np.max(month)) + 1):
        inside = (month == each) & mine
        start, end = first_day(each), last_day(each)
        shares.append(
            MonthShare(
                month=start[:7],
                count=Count.make(
                    int(reviews.unfavourable[reviews.dated][inside].sum()),
                    int(inside.sum()),
                    Selection(product=product, first_day=start, last_day=end, unfavourable=True),
                    Selection(product=product, first_day=start, last_day=end),
                ),
                incomplete=bool(each == np.max(month) and str(final) != end),
            )
        )
    return tuple(shares)


def product_changes(
    reviews: CodedReviews,
    index: PhraseIndex,
    *,
    months: int,
    seed: int,
    listen: Listener = ignore_events,
) -> Changes | None:
    """Scan all products over the file's last months; None without dates, months or two products.

    One product alone is what `whole_file` scans.
    """
    listen(Progress(stage="scanning the months of all products", done=0, total=None, unit=""))
    known = reviews.dated & (reviews.product >= 0)
    window = months_to_scan(reviews, known, months)
    if window is None or len(reviews.product_names) < 2:
        return None
    start, end = window
    inside = known & (reviews.month >= start)
    shape = (len(reviews.product_names), end - start + 1)
    cell = reviews.product[inside] * shape[1] + reviews.month[inside] - start
    n = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    bad = cell[reviews.unfavourable[inside]]
    x = np.bincount(bad, minlength=shape[0] * shape[1]).reshape(shape)
    scan = scan_changes(x, n, seed=seed)

    def change(place: int, *, with_phrases: bool) -> Change:
        name, mine = reviews.product_names[place], reviews.product == place
        series = Series(
            name=name,
            mine=inside & mine,
            opens=Selection(product=name),
            others=inside & ~mine,
            opens_others=Selection(not_product=name),
        )
        return described_change(
            reviews, index, scan, place, series, window, with_phrases=with_phrases
        )

    return _changes(scan, n, start, end, reviews.product_names, change, listen)


def aspect_changes(
    reviews: CodedReviews,
    names: Sequence[str],
    rows: Sequence[NDArray[np.int64]],
    unfavourable: Sequence[NDArray[np.bool_]],
    *,
    months: int,
    seed: int,
) -> Changes | None:
    """Scan aspects: `rows[i]` mention `names[i]`, and `unfavourable[i]` of them as a complaint."""
    window = months_to_scan(reviews, reviews.dated, months)
    if window is None or not names:
        return None
    start, end = window
    x = np.zeros((len(names), end - start + 1), dtype=np.int64)
    n = np.zeros_like(x)
    for place, (mine, bad) in enumerate(zip(rows, unfavourable, strict=True)):
        month = reviews.month[mine] - start
        n[place] = np.bincount(month[month >= 0], minlength=n.shape[1])
        x[place] = np.bincount(month[(month >= 0) & bad], minlength=n.shape[1])
    # Aspects share reviews, and a few move at once: the wobble of one tells little of another's.
    scan = scan_changes(x, n, seed=seed, wobble=False, spells=False)

    def change(place: int, *, with_phrases: bool) -> Change:
        split, month = start + int(scan.split[place]), reviews.month[rows[place]]

        def counted(chosen: NDArray[np.bool_]) -> Count:
            bad = rows[place][chosen & unfavourable[place]]
            return Count.make(
                len(bad),
                int(chosen.sum()),
                Selection(rows=tuple(bad.tolist())),
                Selection(rows=tuple(rows[place][chosen].tolist())),
            )

        return Change(
            name=names[place],
            worse=bool(scan.worse[place]),
            month=first_day(split)[:7],
            until=None,
            earliest=first_day(start + int(scan.split_low[place]))[:7],
            latest=first_day(start + int(scan.split_high[place]))[:7],
            before=counted((month >= start) & (month < split)),
            after=counted(month >= split),
            over=None,
            others_before=None,
            others_after=None,
            p=float(scan.p[place]),
            q=float(scan.q[place]),
            phrases=(),
        )

    return _changes(scan, n, start, end, names, change, ignore_events)


def product_bursts(reviews: CodedReviews, *, listen: Listener = ignore_events) -> tuple[Burst, ...]:
    """Find bursts of unfavourable reviews a product, and in the whole file when it names none."""
    if not reviews.dated.any():
        return ()
    codes: Sequence[int | None] = [None]
    if reviews.product_names:
        bad = reviews.product[reviews.dated & reviews.unfavourable & (reviews.product >= 0)]
        often = np.bincount(bad, minlength=len(reviews.product_names)) >= _FEWEST_IN_A_BURST
        codes = np.flatnonzero(often).tolist()
    known = reviews.dated & ((reviews.product >= 0) if reviews.product_names else True)
    order = np.flatnonzero(known)
    order = order[np.argsort(reviews.product[order], kind="stable")]
    found = []
    for code in followed(
        codes, listen, "looking for many complaints at once", unit="products", every=100
    ):
        rows = order
        if code is not None:
            low, high = np.searchsorted(reviews.product[order], (code, code + 1))
            rows = order[low:high]
        # Days before a product was sold, or long after, say nothing of what is usual for it.
        start = np.min(reviews.day[rows])
        at = (reviews.day[rows] - start).astype(np.int64)
        counts = np.bincount(at[reviews.unfavourable[rows]], minlength=int(np.max(at)) + 1)
        for window in scan_days(counts):
            p = min(1.0, window.p * len(codes))
            if p > BURST_LEVEL:
                continue
            inside = np.zeros(len(reviews), dtype=bool)
            inside[rows[(at >= window.first) & (at <= window.last)]] = True
            found.append(
                _burst(
                    reviews,
                    code,
                    inside,
                    (_day(start, window.first), _day(start, window.last)),
                    window.expected,
                    p,
                )
            )
    return tuple(sorted(found, key=lambda burst: (burst.p, -burst.count.n, burst.product or "")))


def _burst(
    reviews: CodedReviews,
    code: int | None,
    inside: NDArray[np.bool_],
    days: tuple[str, str],
    expected: float,
    p: float,
) -> Burst:
    name = None if code is None else reviews.product_names[code]
    bad = inside & reviews.unfavourable
    out_of = Selection(product=name, first_day=days[0], last_day=days[1])
    shown = replace(out_of, unfavourable=True)
    mine = np.ones(len(reviews), dtype=bool) if code is None else reviews.product == code
    rest = mine & ~inside
    one_off = None
    if (reviews.author >= 0).any():
        wrote = np.bincount(reviews.author[reviews.author >= 0])
        known = bad & (reviews.author >= 0)
        once = known & (wrote[reviews.author.clip(min=0)] == 1)
        one_off = Count.make(
            int(once.sum()),
            int(known.sum()),
            Selection(rows=rows_of(once)),
            Selection(rows=rows_of(known)),
        )

    def share(rows: NDArray[np.bool_], without: tuple[int, ...] | None) -> Count:
        of = Selection(product=name, without_rows=without)
        return Count.make(
            int((rows & reviews.unfavourable).sum()),
            int(rows.sum()),
            Selection(product=name, without_rows=without, unfavourable=True),
            of,
        )

    return Burst(
        product=name,
        first_day=days[0],
        last_day=days[1],
        expected=expected,
        count=Count.make(int(bad.sum()), int(inside.sum()), shown, out_of),
        one_off_authors=one_off,
        share_with=share(mine, None),
        share_without=share(rest, rows_of(inside)),
        p=p,
    )


def _day(start: np.datetime64, days: int) -> str:
    return str(start + np.timedelta64(days, "D"))


def months_to_scan(
    reviews: CodedReviews, known: NDArray[np.bool_], months: int
) -> tuple[int, int] | None:
    """Give the first and the last of the months to scan; None when there are not two.

    Args:
        reviews: all of them.
        known: those that count, all dated.
        months: how many at most, the last ones.
    """
    if not known.any():
        return None
    end = int(np.max(reviews.month[known]))
    start = max(int(np.min(reviews.month[known])), end - months + 1)
    return (start, end) if end > start else None


def _changes(
    scan: Scan,
    n: NDArray[np.int64],
    start: int,
    end: int,
    names: Sequence[str],
    change: Callable[..., Change],
    listen: Listener,
) -> Changes:
    order = np.lexsort((-n.sum(axis=1), scan.p))
    alerts = order[(scan.q <= LEVEL)[order]]
    alerts = alerts[np.argsort(~scan.worse[alerts], kind="stable")][:_MOST_ALERTS]
    watched = order[((scan.q > LEVEL) & (scan.p <= _WATCH_LEVEL))[order]][:_MOST_WATCHED]
    largest = np.argsort(-n.sum(axis=1), kind="stable")[:_MOST_VISIBILITY]
    return Changes(
        first_month=first_day(start)[:7],
        last_month=first_day(end)[:7],
        tested=int(scan.tested.sum()),
        wobble=float(np.median(scan.rho)) if len(scan.rho) else 0.0,
        alerts=tuple(
            sorted(
                (
                    change(place, with_phrases=True)
                    for place in followed(
                        alerts.tolist(), listen, "comparing products", unit="products", every=1
                    )
                ),
                key=lambda one: (not one.worse, one.until is not None),  # what is bad now first
            )
        ),
        watch=tuple(change(place, with_phrases=False) for place in watched.tolist()),
        visibility=tuple(
            Visibility(
                name=names[place],
                reviews_a_month=float(n[place].mean()),
                smallest_rise=(
                    None if np.isnan(scan.visible[place]) else float(scan.visible[place])
                ),
            )
            for place in largest.tolist()
        ),
    )
