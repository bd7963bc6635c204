"""The section about what changed: the file as a whole, and its products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from voxpop.insights.narrative import explanation_of
from voxpop.insights.over_time import month_shares
from voxpop.insights.page.markup import (
    Html,
    figure,
    n_of,
    name,
    note,
    points,
    section,
    table,
    verdict,
    words_of,
)
from voxpop.insights.page.month_chart import MOST_MONTHS, month_chart
from voxpop.insights.page.month_names import span
from voxpop.insights.page.periods import periods
from voxpop.insights.whole import NAME

if TYPE_CHECKING:
    from voxpop.insights.file_insights import FileInsights
    from voxpop.insights.findings import Change, Changes, MonthShare, WholeFile
    from voxpop.insights.page.openings import Openings

_MOST_DRAWN, _MOST_ALERTS, _MOST_WATCHED = 3, 12, 5


def changes_section(found: FileInsights, openings: Openings) -> Iterator[str]:
    """Alerts with their months drawn, and what may be chance."""
    openings.section = "What changed"
    yield from section("What changed, where, since when", "changes", _all_changes(found, openings))


def _all_changes(found: FileInsights, openings: Openings) -> Iterator[str]:
    changes, whole = found.insights.changes, found.insights.whole
    if whole is not None:
        yield from _whole(found, whole, openings)
    if changes is not None:
        yield from _changes(found, changes, openings)
    elif found.insights.ranking is None and found.source.products is not None:
        yield note("Not told by product: all reviews are of one product.")
    else:
        yield from missing_columns(
            found,
            openings,
            "Not told by product" if whole else "Not told",
            "the dated reviews of known products lie in one month",
        )


def _whole(found: FileInsights, whole: WholeFile, openings: Openings) -> Iterator[str]:
    """The file as one series: its change, or that there is none, or what explains it."""
    change, why = whole.change, explanation_of(whole)
    if change is not None and why is None:
        yield from _drawn(openings, change, found.insights.months[-MOST_MONTHS:])
        return
    seen = ""
    if whole.smallest_rise is not None:
        seen = (
            f" A rise of {100 * whole.smallest_rise:.0f} points over three months would be seen in "
            "4 of 5 files."
        )
    if change is None:
        changed = "no change by more than chance" if whole.is_tested else "too few to be tested"
        yield f"<p><b>{escape(NAME)}:</b> {changed}.{seen}</p>"
        return
    told = []
    for when, months, count in periods(change):
        whose = f"{NAME}, {months}"
        told.append(
            f"{when} {figure(openings, count, f'{whose}, called unfavourable', f'{whose}, all')}"
        )
    why = why or ""
    yield (
        f"<p><b>{escape(NAME)}:</b> {verdict(change.worse)} {span(change.month, change.until)}, "
        f"{'; '.join(told)}. {escape(why[:1].upper() + why[1:])}.</p>"
    )


def missing_columns(
    found: FileInsights, openings: Openings, what: str, otherwise: str
) -> Iterator[str]:
    """Say why something is not told: a column lacks, or `otherwise`. `what` begins the sentence."""
    lacking = [
        f"a column of {what} ({how})"
        for values, what, how in (
            (found.source.products, "products", openings.advice.product),
            (found.source.days, "dates", openings.advice.date),
        )
        if values is None
    ]
    if lacking:
        yield note(f"{what}: this needs {' and '.join(lacking)}.")
    elif not (found.coded.dated & (found.coded.product >= 0)).any():
        yield note(f"{what}: no review has both a product and a date that could be read.")
    else:
        yield note(f"{what}: {otherwise}.")


def _changes(found: FileInsights, changes: Changes, openings: Openings) -> Iterator[str]:
    scanned = f"Months compared: {span(changes.first_month, changes.last_month)}"
    if found.insights.months and found.insights.months[0].month < changes.first_month:
        scanned += "; earlier ones were not looked at for changes"
    yield note(f"{scanned}.")
    if not changes.tested:
        yield "<p>Not told: no product has reviews enough in these months to be compared.</p>"
    elif not changes.alerts:
        yield (
            f"<p>No alert: none of the {changes.tested:,} products with reviews enough changed by "
            "more than chance makes them change.</p>"
        )
    for change in changes.alerts[:_MOST_DRAWN]:
        months = month_shares(found.coded, change.name)[-MOST_MONTHS:]
        yield from _drawn(openings, change, months)
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


def _drawn(openings: Openings, change: Change, months: Sequence[MonthShare]) -> Iterator[str]:
    yield '<div class="change">'
    yield f"<h3>{escape(name(change.name))} {verdict(change.worse)}</h3>"
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


def _words_of(change: Change, openings: Openings) -> Iterator[str]:
    if not change.phrases:
        return
    whose = name(change.name)
    rows: list[list[str | Html]] = []
    for phrase in change.phrases[:5]:
        said = f"that say “{name(phrase.phrase)}”"
        cells: list[str | Html] = [words_of(phrase)]
        groups = [f"{whose}, complaints {span(change.month, change.until)}"]
        if change.others_before is None:  # the file as a whole
            groups.append(f"{whose}, complaints before {change.month}")
        elif len(phrase.compared) == 2:
            groups += [f"{whose}, complaints before {change.month}", "other products, complaints"]
        else:
            groups.append("other complaints")
        for group, count in zip(groups, (phrase.count, *phrase.compared), strict=False):
            cells.append(n_of(openings, count, f"{group} {said}", group))
        cells += [""] * (4 - len(cells))
        rows.append(cells)
    then = "Since then" if change.until is None else "Then"
    if change.others_before is None:
        yield from table(
            "Why: what complaints say then, and not before",
            ["Words", then, "Before"],
            [row[:3] for row in rows],
        )
        return
    yield from table(
        "Why: what its complaints say then, and neither before nor of other products",
        ["Words", then, "Before", "Other products"],
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
