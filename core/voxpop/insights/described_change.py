"""A change that the scan found, with its counts, its words and what opens its reviews."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voxpop.insights.findings import Change
from voxpop.insights.record import Count, Selection
from voxpop.insights.table import first_day, last_day
from voxpop.insights.words import telling_phrases

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voxpop.insights.change import Scan
    from voxpop.insights.phrases import PhraseIndex
    from voxpop.insights.table import CodedReviews
    from voxpop.insights.words import TellingPhrase

_Days = tuple[int, int]  # the first and the last month


@dataclass(frozen=True, kw_only=True, eq=False)
class Series:
    """Whose months were scanned.

    Attributes:
        name: as a reader should see it.
        mine: its reviews within the months scanned, bool of shape (n,).
        opens: those and its reviews of other months.
        others: the reviews that it is compared with; None where there are none.
        opens_others: the same as a selection.
    """

    name: str
    mine: NDArray[np.bool_]
    opens: Selection
    others: NDArray[np.bool_] | None = None
    opens_others: Selection | None = None


def changed_months(scan: Scan, place: int, window: _Days) -> tuple[int, int, bool]:
    """Give the first and last month that a change sets apart, and whether it is over again.

    Args:
        scan: that found it.
        place: of the series in the scan.
        window: the first and last month scanned.
    """
    start, end = window
    if scan.spell[place, 0] > 0:
        return start + int(scan.spell[place, 0]), start + int(scan.spell[place, 1]) - 1, True
    return start + int(scan.split[place]), end, False


def described_change(
    reviews: CodedReviews,
    index: PhraseIndex,
    scan: Scan,
    place: int,
    series: Series,
    window: _Days,
    *,
    with_phrases: bool,
) -> Change:
    """Describe the change of one series.

    Args:
        reviews: all of them.
        index: of their phrases.
        scan: that found it.
        place: of the series in the scan.
        series: whose months were scanned.
        window: the first and last month scanned.
        with_phrases: whether to look for what the complaints say since.
    """
    start, end = window
    split, last, is_over = changed_months(scan, place, window)
    bad = reviews.unfavourable
    early, late = reviews.month < split, reviews.month > last
    then = ~early & ~late
    before, after = (start, split - 1), (split, last)

    def counted(rows: NDArray[np.bool_], opens: Selection, days: _Days) -> Count:
        of = _within(opens, days)
        return Count.make(
            int((rows & bad).sum()), int(rows.sum()), replace(of, unfavourable=True), of
        )

    phrases: tuple[TellingPhrase, ...] = ()
    if with_phrases and scan.worse[place]:
        groups = [series.mine & early & bad]
        named = [_within(series.opens, after), _within(series.opens, before)]
        if series.others is not None and series.opens_others is not None:
            groups.append(series.others & bad)
            named.append(_within(series.opens_others, window))
        phrases = telling_phrases(
            index,
            series.mine & then & bad,
            groups,
            named=[replace(one, unfavourable=True) for one in named],
        )
    others_before = others_after = None
    if series.others is not None and series.opens_others is not None:
        others_before = counted(series.others & early, series.opens_others, before)
        others_after = counted(series.others & then, series.opens_others, after)
    return Change(
        name=series.name,
        worse=bool(scan.worse[place]),
        month=first_day(split)[:7],
        until=first_day(last)[:7] if is_over else None,
        earliest=first_day(split if is_over else start + int(scan.split_low[place]))[:7],
        latest=first_day(split if is_over else start + int(scan.split_high[place]))[:7],
        before=counted(series.mine & early, series.opens, before),
        after=counted(series.mine & then, series.opens, after),
        over=counted(series.mine & late, series.opens, (last + 1, end)) if is_over else None,
        others_before=others_before,
        others_after=others_after,
        p=float(scan.p[place]),
        q=float(scan.q[place]),
        phrases=phrases,
    )


def _within(opens: Selection, days: _Days) -> Selection:
    return replace(opens, first_day=first_day(days[0]), last_day=last_day(days[1]))
