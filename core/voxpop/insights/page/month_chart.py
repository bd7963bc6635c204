"""Shares by month as a small drawing: a mark a month, its interval as an upright line."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING

from voxpop.evaluation.wording import percent
from voxpop.insights.page.markup import FEWEST_FOR_A_SHARE, Html, interval
from voxpop.insights.page.month_names import short_month

if TYPE_CHECKING:
    from voxpop.insights.findings import MonthShare
    from voxpop.insights.page.openings import Openings

MOST_MONTHS = 24
"""How many are drawn, the last ones."""
_WIDTH, _HEIGHT = 720, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 12, 26
_GRID_STEPS = (0.02, 0.05, 0.1, 0.2, 0.25, 0.5)


def month_chart(
    openings: Openings,
    months: Sequence[MonthShare],
    title: str,
    *,
    since: str | None = None,
    until: str | None = None,
    worse: bool = True,
) -> Html:
    """Draw months; each mark opens the month's unfavourable reviews.

    Args:
        openings: of the page.
        months: in order.
        title: what is drawn, for those who cannot see it, too.
        since: the first month after a change, set apart by shape: its months have diamonds.
        until: the last of those months; None: they go on to the end.
        worse: whether that change was for the worse.
    """
    top = _top(months)
    step = next(step for step in _GRID_STEPS if top / step <= 5)
    width = (_WIDTH - _LEFT - _RIGHT) / max(1, len(months))

    def height(share: float) -> float:
        return round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share / top), 1)

    lines = [
        f'<svg class="months" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="group" '
        f'aria-label="{escape(title)}">'
    ]
    for number in range(int(top / step + 1e-9) + 1):
        y = height(number * step)
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
        lines.append(
            f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{100 * number * step:.0f}%</text>'
        )
    every = math.ceil(len(months) / 12)
    for place, month in enumerate(months):
        x = round(_LEFT + width * (place + 0.5), 1)
        if (len(months) - 1 - place) % every == 0:
            told = short_month(month.month)
            rare = ' class="rare"' if (len(months) - 1 - place) // every % 2 else ""
            lines.append(
                f'<text{rare} x="{x}" y="{_HEIGHT - 8}" text-anchor="middle">{told}</text>'
            )
        if since is not None and month.month == since:
            at = round(x - width / 2, 1)
            lines.append(
                f'<line class="since" x1="{at}" x2="{at}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}"/>'
            )
        after = since is not None and since <= month.month <= (until or month.month)
        kind = "after worse-mark" if after and worse else "after" if after else "before"
        lines.append(_mark(openings, month, x, height, title, kind))
    return Html("".join([*lines, "</svg>"]))


def _mark(
    openings: Openings,
    month: MonthShare,
    x: float,
    height: Callable[[float], float],
    title: str,
    kind: str,
) -> str:
    count = month.count
    if count.share is None or count.interval is None or count.of < FEWEST_FOR_A_SHARE:
        return ""
    low, high = count.interval
    y = height(count.share)
    drawn = (
        f'<path d="M{x} {y - 6}l6 6-6 6-6-6z"/>'
        if kind.startswith("after")
        else f'<circle cx="{x}" cy="{y}" r="5"/>'
    )
    if month.incomplete:
        kind += " incomplete"
    told = (
        f"{month.month}: {percent(count.share)} ({interval(count.interval)}), "
        f"{count.n:,} of {count.of:,}" + (", month not complete" if month.incomplete else "")
    )
    inside = (
        f"<title>{escape(told)}</title>"
        f'<line x1="{x}" x2="{x}" y1="{height(high)}" y2="{height(low)}"/>{drawn}'
    )
    if not count.n:
        return f'<g class="{kind}">{inside}</g>'
    address = openings.address(count, f"{title}: called unfavourable in {month.month}")
    return f'<a href="{address}" class="{kind}" aria-label="{escape(told)}">{inside}</a>'


def _top(months: Sequence[MonthShare]) -> float:
    """The end of the scale: all intervals fit, those of months with few reviews cut at will."""
    highs = [
        month.count.interval[1]
        for month in months
        if month.count.interval is not None and month.count.of >= FEWEST_FOR_A_SHARE
    ]
    highest = max(highs, default=1.0)
    return min(1.0, max(0.05, math.ceil(highest * 20) / 20))
