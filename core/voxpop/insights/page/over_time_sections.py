"""The sections about time: what changed, the months, bursts, and mix or rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from voxpop.insights.narrative import expected_said
from voxpop.insights.over_time import month_shares
from voxpop.insights.page.markup import (
    FEWEST_FOR_A_SHARE,
    Html,
    figure,
    n_of,
    name,
    note,
    points,
    section,
    share,
    table,
    verdict,
)
from voxpop.insights.page.month_chart import month_chart
from voxpop.insights.page.month_names import span, spelled_days
from voxpop.insights.page.periods import periods

if TYPE_CHECKING:
    from voxpop.insights.file_insights import FileInsights
    from voxpop.insights.findings import Burst, Change, Changes, Mix
    from voxpop.insights.page.openings import Openings

_MOST_DRAWN, _MOST_ALERTS, _MOST_WATCHED, _MOST_MONTHS, _MOST_BURSTS = 3, 12, 5, 24, 6


def changes_section(found: FileInsights, openings: Openings) -> Iterator[str]:
    """Alerts with their months drawn, and what may be chance."""
    openings.section = "What changed"
    changes = found.insights.changes
    yield from section(
        "What changed, where, since when",
        "changes",
        _missing(found, openings) if changes is None else _changes(found, changes, openings),
    )


def _missing(found: FileInsights, openings: Openings) -> Iterator[str]:
    lacking = [
        f"a column of {what} ({how})"
        for values, what, how in (
            (found.source.products, "products", openings.advice.product),
            (found.source.days, "dates", openings.advice.date),
        )
        if values is None
    ]
    if lacking:
        yield note(f"Not told: this needs {' and '.join(lacking)}.")
    else:
        yield note("Not told: the dated reviews of known products lie in one month.")


def _changes(found: FileInsights, changes: Changes, openings: Openings) -> Iterator[str]:
    if not changes.alerts:
        yield (
            f"<p>No alert: none of the {changes.tested:,} products with reviews enough changed by "
            "more than chance makes them change.</p>"
        )
    for change in changes.alerts[:_MOST_DRAWN]:
        yield '<div class="change">'
        yield f"<h3>{escape(name(change.name))} {verdict(change.worse)}</h3>"
        months = month_shares(found.coded, change.name)[-_MOST_MONTHS:]
        yield "<figure>"
        yield month_chart(
            openings,
            months,
            name(change.name),
            since=change.month,
            until=change.until,
            worse=change.worse,
        )
        told = f"Called unfavourable, by month. Diamonds: {span(change.month, change.until)}"
        if change.earliest != change.latest:
            told += f"; any month from {change.earliest} to {change.latest} fits nearly as well"
        yield f"<figcaption>{told}.</figcaption>"
        yield "</figure>"
        yield from _words_of(change, openings)
        yield "</div>"
    if changes.alerts:
        yield from _table_of(
            f"Alerts: of such lists, 1 in 20 entries is wrong at most. {changes.tested:,} products "
            "were tested.",
            changes.alerts[:_MOST_ALERTS],
            openings,
        )
    left = len(changes.alerts) - _MOST_ALERTS
    if left > 0:
        yield note(f"{left} more alerts are {openings.advice.more}.")
    if changes.watch:
        yield from _table_of(
            "Watch: may well be chance; look again next month",
            changes.watch[:_MOST_WATCHED],
            openings,
        )
    yield from _visible(changes)


def _words_of(change: Change, openings: Openings) -> Iterator[str]:
    if not change.phrases:
        return
    whose = name(change.name)
    rows: list[list[str | Html]] = []
    for phrase in change.phrases[:5]:
        said = f"that say “{name(phrase.phrase)}”"
        cells: list[str | Html] = [name(phrase.phrase)]
        groups = [f"{whose}, complaints {span(change.month, change.until)}"]
        groups += (
            [f"{whose}, complaints before {change.month}", "other products, complaints"]
            if len(phrase.compared) == 2
            else ["other complaints"]
        )
        for group, count in zip(groups, (phrase.count, *phrase.compared), strict=False):
            cells.append(n_of(openings, count, f"{group} {said}", group))
        cells += [""] * (4 - len(cells))
        rows.append(cells)
    yield from table(
        "Why: what its complaints say then, and neither before nor of other products",
        ["Words", "Since then" if change.until is None else "Then", "Before", "Other products"],
        rows,
    )


def _table_of(caption: str, changes: Sequence[Change], openings: Openings) -> Iterator[str]:
    rows: list[list[str | Html]] = []
    for change in changes:
        months = span(change.month, change.until)
        cells: list[str | Html] = [name(change.name), verdict(change.worse), months]
        for _, when, count in list(periods(change))[:2]:
            whose = f"{name(change.name)}, {when}"
            cells.append(
                figure(openings, count, f"{whose}, called unfavourable", f"{whose}, all reviews")
            )
        cells.append(_others(change))
        rows.append(cells)
    yield from table(caption, ["Product", "", "When", "Before", "Then", "All others"], rows)


def _others(change: Change) -> str:
    before, after = change.others_before, change.others_after
    if before is None or after is None or before.share is None or after.share is None:
        return ""
    return points(after.share - before.share)


def _visible(changes: Changes) -> Iterator[str]:
    known = [each for each in changes.visibility if each.smallest_rise is not None]
    if not known:
        yield note("No product has reviews enough for any rise to be seen with certainty.")
        return
    first, middle = known[0], known[len(known) // 2]
    sentence = (
        f"What can be seen: for {name(first.name)} ({first.reviews_a_month:.0f} reviews a month)"
    )
    sentence += f" a rise of {100 * (first.smallest_rise or 0):.0f} points over three months"
    if middle is not first:
        sentence += (
            f", for {name(middle.name)} ({middle.reviews_a_month:.0f} a month) one of "
            f"{100 * (middle.smallest_rise or 0):.0f}"
        )
    yield note(f"{sentence}. Smaller ones pass unseen in more than 1 of 5 files.")


def months_section(found: FileInsights, openings: Openings) -> Iterator[str]:
    """The months of the whole file."""
    openings.section = "Months"
    yield from section("Month by month", "months", _months(found, openings))


def _months(found: FileInsights, openings: Openings) -> Iterator[str]:
    months = found.insights.months[-_MOST_MONTHS:]
    if not months:
        yield note(f"Not told: this needs a column of dates ({openings.advice.date}).")
        return
    if max(month.count.of for month in months) < FEWEST_FOR_A_SHARE:
        yield note("Not drawn: every month has too few reviews for a share.")
        return
    yield "<figure>"
    yield month_chart(openings, months, "All reviews")
    yield (
        "<figcaption>Called unfavourable, by month, with 95% intervals. Hollow: the month is not "
        "complete. Months with fewer than 10 reviews have no mark.</figcaption>"
    )
    yield "</figure>"
    yield "<details><summary>The same in figures</summary>"
    yield from table(
        "Called unfavourable, by month",
        ["Month", "Share", "Reviews"],
        [
            [
                f"{month.month}{' (not complete)' if month.incomplete else ''}",
                share(month.count),
                n_of(
                    openings,
                    month.count,
                    f"All reviews: called unfavourable in {month.month}",
                    f"All reviews of {month.month}",
                ),
            ]
            for month in months
        ],
    )
    yield "</details>"


def bursts_section(found: FileInsights, openings: Openings) -> Iterator[str]:
    """Days with far more complaints than usual."""
    openings.section = "Bursts"
    bursts = found.insights.bursts
    yield from section("Many complaints at once", "bursts", _bursts(found, bursts, openings))


def _bursts(found: FileInsights, bursts: Sequence[Burst], openings: Openings) -> Iterator[str]:
    if found.source.days is None:
        yield note(f"Not told: this needs a column of dates ({openings.advice.date}).")
        return
    if not bursts:
        yield "<p>None: no day or week has far more complaints than the others.</p>"
        return
    rows: list[list[str | Html]] = []
    for burst in bursts[:_MOST_BURSTS]:
        whose = "All reviews" if burst.product is None else name(burst.product)
        days = spelled_days(burst.first_day, burst.last_day)
        one_off: str | Html = "no column of authors"
        if burst.one_off_authors is not None:
            one_off = n_of(
                openings,
                burst.one_off_authors,
                f"{whose}, {days}: complaints by authors of one review",
                f"{whose}, {days}: complaints with an author",
            )
        rows.append(
            [
                whose,
                days,
                n_of(
                    openings,
                    burst.count,
                    f"{whose}, {days}, called unfavourable",
                    f"{whose}, {days}, all reviews",
                ),
                expected_said(burst.expected),
                one_off,
                figure(
                    openings, burst.share_with, f"{whose}: called unfavourable", f"{whose}: all"
                ),
                figure(
                    openings,
                    burst.share_without,
                    f"{whose} without {days}: called unfavourable",
                    f"{whose} without {days}: all",
                ),
            ]
        )
    yield from table(
        "A campaign and a defect look alike here: read them. Nothing was deleted.",
        ["Product", "Days", "Complaints", "Expected", "One-off authors", "Share", "Without them"],
        rows,
    )


def mix_section(found: FileInsights, openings: Openings) -> Iterator[str]:
    """Whether products got worse or others were reviewed."""
    openings.section = "Mix or rate"
    mix = found.insights.mix
    yield from section(
        "Worse products, or other products?",
        "mix",
        _missing(found, openings) if mix is None else _mix(mix, openings),
    )


def _mix(mix: Mix, openings: Openings) -> Iterator[str]:
    parts = mix.parts
    for when, count in (("Before", mix.before), ("In the last months", mix.after)):
        told = figure(
            openings, count, f"{when}: called unfavourable", f"{when}: all with a product and a day"
        )
        yield f"<p>{when}: {told}</p>"
    yield from table(
        "The change of the share in its two parts",
        ["Part", "Points", "95% interval"],
        [
            [label, points(value), _points_interval(ends)]
            for label, value, ends in (
                ("Whole change", parts.change, parts.change_interval),
                ("Because products changed (rate)", parts.rate, parts.rate_interval),
                ("Because others were reviewed (mix)", parts.mix, parts.mix_interval),
            )
        ],
    )
    if parts.reversed_:
        yield (
            '<p class="warning"><b>Careful:</b> the total moved one way and every product the '
            "other (Simpson's paradox). Believe the products.</p>"
        )


def _points_interval(ends: tuple[float, float]) -> str:
    return f"{100 * ends[0]:+.1f} to {100 * ends[1]:+.1f}"
