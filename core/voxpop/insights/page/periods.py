"""The periods that a change sets apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from voxpop.insights.page.month_names import span

if TYPE_CHECKING:
    from voxpop.insights.findings import Change
    from voxpop.insights.record import Count


def periods(change: Change) -> Iterator[tuple[str, str, Count]]:
    """Give each period: what it is called, which months it has, its figure."""
    yield "before", f"before {change.month}", change.before
    called = "since" if change.until is None else "then"
    yield called, span(change.month, change.until), change.after
    if change.over is not None:
        yield "afterwards", f"after {change.until}", change.over
