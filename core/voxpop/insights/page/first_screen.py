"""What a manager reads first: the one thing to know, how sure it is, and what changed."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from voxpop.evaluation.wording import percent, printable
from voxpop.insights.page.markup import (
    FEWEST_FOR_A_SHARE,
    NAME,
    Html,
    figure,
    interval,
    n_of,
    name,
    note,
    text,
    verdict,
)
from voxpop.insights.page.month_names import span, spelled_month, spelled_span
from voxpop.insights.page.periods import periods

if TYPE_CHECKING:
    from voxpop.insights.file_insights import FileInsights
    from voxpop.insights.findings import Change, Sentence
    from voxpop.insights.page.openings import Openings

_MOST_CARDS = 3


def headline(found: FileInsights) -> str:
    """Say the one thing to know, in one line."""
    insights = found.insights
    share = insights.share
    alerts = _alerts(found)
    worse = [change for change in alerts if change.worse]
    if worse:
        first = worse[0]
        said = f": “{first.phrases[0].phrase}”" if first.phrases else ""
        more = f", and {len(worse) - 1} more" if len(worse) > 1 else ""
        when = f"in {spelled_month(first.month)}"
        if first.until is not None:
            when = f"for a time, {spelled_span(first.month, first.until)}"
        return f"{name(first.name)} got worse {when}{said}{more}"
    if insights.bursts:
        first_burst = insights.bursts[0]
        where = "" if first_burst.product is None else f" for {name(first_burst.product)}"
        return f"Many complaints at once{where} from {first_burst.first_day}"
    if share.of < FEWEST_FOR_A_SHARE:
        return f"{share.of} review{'s' if share.of != 1 else ''}: too few for a share"
    if insights.changes is None and not alerts:
        return f"{percent(share.share or 0.0)} of {share.of:,} reviews are called unfavourable"
    if alerts:
        return f"{name(alerts[0].name)} got better in {spelled_month(alerts[0].month)}"
    whole = insights.whole
    if whole is not None and whole.change is not None:
        when = spelled_span(whole.change.month, whole.change.until)
        more = "More" if whole.change.worse else "Fewer"
        return f"{more} complaints {when}, because other products were reviewed"
    if insights.changes is None or not insights.changes.tested:
        return "No product has reviews enough to tell a change from chance"
    months = spelled_span(insights.changes.first_month, insights.changes.last_month)
    return f"No product changed by more than chance, {months}"


def _alerts(found: FileInsights) -> tuple[Change, ...]:
    """Give what changed, the file as a whole first; not that when its parts explain it."""
    insights = found.insights
    alerts = () if insights.changes is None else insights.changes.alerts
    whole = None if insights.whole is None else insights.whole.alert
    return alerts if whole is None else (whole, *alerts)


def first_screen(found: FileInsights, openings: Openings) -> Iterator[str]:
    """Give the page's header."""
    insights = found.insights
    openings.section = "Summary"
    days = f", {insights.first_day} to {insights.last_day}" if insights.first_day else ""
    files = ", ".join(name(one.rsplit("/", 1)[-1]) for one in found.source.names[:3])
    if len(found.source.names) > 3:
        files += f" and {len(found.source.names) - 3} more files"
    yield "<header>"
    yield f'<p class="eyebrow">{escape(f"{files}: {insights.reviews:,} reviews{days}")}</p>'
    yield f"<h1>{escape(headline(found))}</h1>"
    yield '<div class="first">'
    yield '<div class="total">'
    yield from _share_card(found, openings)
    yield "</div>"
    yield from _alert_cards(_alerts(found), openings)
    yield "</div>"
    yield '<ul class="short">'
    yield from (f"<li>{_sentence(sentence, openings)}</li>" for sentence in insights.summary)
    yield "</ul>"
    yield "</header>"


def _share_card(found: FileInsights, openings: Openings) -> Iterator[str]:
    insights = found.insights
    corrected, share = insights.corrected, insights.share
    too_few = share.of < FEWEST_FOR_A_SHARE
    if corrected.share is not None and not too_few:
        yield "<h2>Truly unfavourable, as far as can be told</h2>"
        yield f'<p class="big">{percent(corrected.share)}</p>'
        yield f"<p>95% interval {interval(corrected.interval)}</p>"
        yield note(_measured_on(found))
    elif too_few:
        yield "<h2>Called unfavourable</h2>"
        yield '<p class="big">too few</p>'
        yield "<p>reviews for a share</p>"
    else:
        yield "<h2>Called unfavourable, not corrected</h2>"
        yield f'<p class="big">{percent(share.share or 0.0)}</p>'
        yield f"<p>95% interval {interval(share.interval)}</p>"
    counted = n_of(openings, share, "All reviews called unfavourable", "All reviews")
    yield f"<p>{counted} reviews are called unfavourable</p>"


def _measured_on(found: FileInsights) -> str:
    """Say what the correction rests on, so that a reader can judge whether it fits."""
    corrected, check = found.insights.corrected, found.check
    if corrected.method != "check set" or check is None:
        return (
            f"corrected by {corrected.labels:,} labels that a person gave to reviews of this file"
        )
    on = check.name
    if check.data is not None:
        on = f"{corrected.labels:,} reviews of the source “{printable(check.data, NAME)}”"
    return f"corrected by mistakes measured on {on}: right as far as yours are of that kind"


def _alert_cards(alerts: tuple[Change, ...], openings: Openings) -> Iterator[str]:
    for change in alerts[:_MOST_CARDS]:
        yield f'<div class="alert {"worse" if change.worse else "better"}-card">'
        yield (
            f"<h2>{escape(name(change.name))} {verdict(change.worse)} "
            f"{spelled_span(change.month, change.until)}</h2>"
        )
        for when, months, count in periods(change):
            whose = f"{name(change.name)}, {months}"
            told = figure(openings, count, f"{whose}, called unfavourable", f"{whose}, all reviews")
            yield f"<p>{when}: {told}</p>"
        if change.phrases:
            phrases = ", ".join(
                f"<q>{text(name(one.phrase))}</q> {_said_by(change, place, openings)}"
                for place, one in enumerate(change.phrases[:3])
            )
            yield f"<p>new in its complaints: {phrases}</p>"
        yield "</div>"
    if len(alerts) > _MOST_CARDS:
        yield (
            f'<p class="more"><a href="#changes">{len(alerts) - _MOST_CARDS} more alerts</a></p>'
        )


def _said_by(change: Change, place: int, openings: Openings) -> Html:
    phrase = change.phrases[place]
    whose = f"{name(change.name)} {span(change.month, change.until)}"
    return n_of(
        openings,
        phrase.count,
        f"{whose}: complaints that say “{name(phrase.phrase)}”",
        f"{whose}: all complaints",
    )


def _sentence(sentence: Sentence, openings: Openings) -> str:
    """Give a sentence with each of its "n of N" as links."""
    rest, written = sentence.text, ""
    for count in sentence.counts:
        stated = f"{count.n:,} of {count.of:,}"
        before, found, rest = rest.partition(stated)
        written += escape(before)
        if found:
            written += n_of(
                openings, count, f"Summary: the {count.n:,} reviews", f"All {count.of:,} of them"
            )
    return written + escape(rest)
