"""The other sections about what is said: aspects, copies, stars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from voxpop.evaluation.wording import percent
from voxpop.insights.page.markup import (
    Html,
    figure,
    interval,
    n_of,
    name,
    note,
    section,
    table,
    verdict,
)
from voxpop.insights.page.month_names import spelled_days

if TYPE_CHECKING:
    from voxpop.insights.file_insights import FileInsights
    from voxpop.insights.findings import Aspect, Aspects, Change
    from voxpop.insights.page.openings import Openings

_MOST_GROUPS = 6


def aspects_section(found: FileInsights, openings: Openings) -> Iterator[str]:
    """What reviews speak of, and how."""
    openings.section = "Aspects"
    yield from section("What they speak of", "aspects", _aspects(found, openings))


def _aspects(found: FileInsights, openings: Openings) -> Iterator[str]:
    aspects = found.insights.aspects
    if aspects is None or aspects.refused is not None:
        why = "no classifier was given" if aspects is None else aspects.refused
        yield note(f"Not shown: {why}.")
        return
    if not aspects.aspects:
        yield "<p>No noun is named by one review in a hundred.</p>"
        return
    changed = _changed(aspects)
    rows: list[list[str | Html]] = [
        [
            name(each.aspect),
            figure(
                openings,
                each.unfavourable,
                f"Complaints about “{name(each.aspect)}”",
                f"Reviews that name “{name(each.aspect)}”",
            ),
            _corrected(each),
            changed.get(each.aspect, ""),
        ]
        for each in aspects.aspects
    ]
    check = aspects.check
    yield from table(
        "By the clauses that name it"
        + (
            f"; on {check.name} the classifier catches {percent(check.tpr, 0)} of the complaints "
            f"and is wrong on {percent(check.fpr, 0)} of the others"
            if check is not None
            else ""
        ),
        ["Aspect", "Called unfavourable", "Corrected", "Change"],
        rows,
    )


def _corrected(each: Aspect) -> str | Html:
    if each.corrected.share is None:
        return "not corrected"
    return Html(
        f"{percent(each.corrected.share)} "
        f'<span class="ci">{interval(each.corrected.interval)}</span>'
    )


def _changed(aspects: Aspects) -> dict[str, Html]:
    alerts: tuple[Change, ...] = () if aspects.changes is None else aspects.changes.alerts
    return {change.name: Html(f"{verdict(change.worse)} since {change.month}") for change in alerts}


def copies_section(found: FileInsights, openings: Openings) -> Iterator[str]:
    """Texts that are near copies of each other."""
    openings.section = "Copies"
    yield from section("Copies", "copies", _copies(found, openings))


def _copies(found: FileInsights, openings: Openings) -> Iterator[str]:
    copies = found.insights.copies
    if not copies.groups:
        yield "<p>None: no two reviews share most of their text.</p>"
        return
    with_all = figure(openings, copies.share_with, "All called unfavourable", "All reviews")
    without = figure(
        openings,
        copies.share_without,
        "Called unfavourable, one of each group of copies",
        "All reviews, one of each group of copies",
    )
    yield f"<p>With all copies: {with_all}. With one of each group: {without}.</p>"
    rows: list[list[str | Html]] = []
    for number, group in enumerate(copies.groups[:_MOST_GROUPS], 1):
        days = "no dates"
        if group.first_day is not None and group.last_day is not None:
            days = spelled_days(group.first_day, group.last_day)
        rows.append(
            [
                f"Group {number}",
                n_of(openings, group.count, f"Copies, group {number}", "All reviews"),
                days,
                f"{group.products:,}",
                name(found.table.texts[group.example]),
            ]
        )
    left = len(copies.groups) - _MOST_GROUPS
    yield from table(
        "The largest groups of near copies; nothing was deleted",
        ["", "Reviews", "Days", "Products", "It begins"],
        rows,
    )
    if left > 0:
        yield note(f"{left:,} smaller groups are {openings.advice.more}.")


def stars_section(found: FileInsights, openings: Openings) -> Iterator[str]:
    """Stars that deny their text."""
    openings.section = "Stars"
    yield from section("Stars against text", "stars", _stars(found, openings))


def _stars(found: FileInsights, openings: Openings) -> Iterator[str]:
    stars = found.insights.stars
    if stars is None:
        yield note(
            f"Not told: this needs a column of stars from 1 to 5 ({openings.advice.rating})."
            if found.source.stars is None
            else "Not told: no stars from 1 to 5 could be read: see how the files were read."
        )
        return
    yield from table(
        "Flipped scales, irony, or the classifier's mistakes: read them before you mend anything",
        ["", "Reviews with stars"],
        [
            [
                "Complaints with 4 or 5 stars",
                n_of(
                    openings,
                    stars.complaints_with_many_stars,
                    "Complaints with 4 or 5 stars",
                    "All reviews with stars",
                ),
            ],
            [
                "Praise with 1 or 2 stars",
                n_of(
                    openings,
                    stars.praise_with_few_stars,
                    "Praise with 1 or 2 stars",
                    "All reviews with stars",
                ),
            ],
        ],
    )
