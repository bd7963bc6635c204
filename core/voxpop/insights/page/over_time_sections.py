"""The other sections about time: the months, bursts, and mix or rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from voxpop.insights.mix import FEWEST_REVIEWS as FEWEST_OF_A_PERIOD
from voxpop.insights.narrative import expected_said
from voxpop.insights.page.changes_section import missing_columns
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
)
from voxpop.insights.page.month_chart import MOST_MONTHS, month_chart
from voxpop.insights.page.month_names import spelled_days

if TYPE_CHECKING:
    from voxpop.insights.file_insights import FileInsights
    from voxpop.insights.findings import Burst, Mix
    from voxpop.insights.page.openings import Openings

_MOST_BURSTS = 6


def months_section(found: FileInsights, openings: Openings) -> Iterator[str]:
    """The months of the whole file."""
    openings.section = "Months"
    yield from section("Month by month", "months", _months(found, openings))


def _months(found: FileInsights, openings: Openings) -> Iterator[str]:
    months = found.insights.months[-MOST_MONTHS:]
    if not months:
        yield note(f"Not told: this needs a column of dates ({openings.advice.date}).")
        return
    if max(month.count.of for month in months) < FEWEST_FOR_A_SHARE:
        yield note("Not drawn: every month has too few reviews for a share.")
        return
    legend = (
        "Called unfavourable, by month, with 95% intervals. Hollow: the month is not complete. "
        "Months with fewer than 10 reviews have no mark."
    )
    whole = found.insights.whole
    if whole is not None and whole.alert is not None:
        yield note(f"Drawn above, under what changed. {legend}")
    else:
        yield "<figure>"
        yield month_chart(openings, months, "All reviews")
        yield f"<figcaption>{legend}</figcaption>"
        yield "</figure>"
    if found.insights.without_day:
        yield note(f"{found.insights.without_day:,} reviews have no date and are in no month.")
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
        missing_columns(
            found,
            openings,
            "Not told",
            "all reviews are of one product"
            if len(found.coded.product_names) < 2
            else "the last months or those before have fewer than "
            f"{FEWEST_OF_A_PERIOD} reviews with a product and a date",
        )
        if mix is None
        else _mix(mix, openings),
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
