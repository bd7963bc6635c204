"""A short text from templates: every sentence states n of N, and says no more than was counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from voxpop.evaluation.wording import percent
from voxpop.insights.findings import Sentence
from voxpop.insights.record import Count, Selection

if TYPE_CHECKING:
    from voxpop.insights.findings import Aspects, Burst, Change, Changes, Copies, WholeFile
    from voxpop.insights.quantification import CorrectedShare
    from voxpop.insights.words import TellingPhrase

ISSUE_SHARE = 0.01
FEWEST_OF_AN_ISSUE = 10
_MOST = 3  # sentences of a kind


def is_issue(count: Count) -> bool:
    """Whether so many complaints may be called an issue.

    The lower end of the 95% interval must reach 1 % of all reviews: 16 of 3,000 (0.5 %) is not
    one, 900 of 21,315 (4.2 %) is.
    """
    return (
        count.n >= FEWEST_OF_AN_ISSUE
        and count.interval is not None
        and count.interval[0] >= ISSUE_SHARE
    )


def summarise(
    share: Count,
    corrected: CorrectedShare,
    whole: WholeFile | None,
    changes: Changes | None,
    complaints: Iterable[tuple[str, Count]],
    bursts: Sequence[Burst],
    copies: Copies,
) -> tuple[Sentence, ...]:
    """Write the short text.

    Args:
        share: unfavourable of all reviews.
        corrected: the same, corrected.
        whole: all reviews as one series.
        changes: of the products.
        complaints: what unfavourable reviews speak of, each with its n of all N reviews.
        bursts: of unfavourable reviews.
        copies: near copies.
    """
    sentences = [_share_sentence(share, corrected)] if share.of else []
    if whole is not None and whole.change is not None:
        sentences.append(_whole_sentence(whole, whole.change))
    if changes is not None:
        sentences += [_change_sentence(change) for change in changes.alerts[:_MOST]]
    issues = sorted(
        ((name, count) for name, count in complaints if is_issue(count)),
        key=lambda issue: (-issue[1].n, issue[0]),
    )
    sentences += [
        Sentence(text=f"Complaints speak of \u201c{name}\u201d: {_said(count)}.", counts=(count,))
        for name, count in issues[:_MOST]
    ]
    sentences += [_burst_sentence(burst) for burst in bursts[:_MOST]]
    if copies.groups:
        largest = copies.groups[0].count
        sentences.append(
            Sentence(
                text=f"The largest group of near copies holds {largest.n:,} of {largest.of:,} "
                f"reviews; the unfavourable share is {_said(copies.share_with)} with all copies "
                f"and {_said(copies.share_without)} with one of each group.",
                counts=(largest, copies.share_with, copies.share_without),
            )
        )
    return tuple(sentences)


def complaints_of(
    phrases: Iterable[TellingPhrase], aspects: Aspects | None
) -> list[tuple[str, Count]]:
    """Give what may be an issue: aspects that surely are one, where none is telling phrases.

    Their counts are brought to all reviews: of how many reviews is this a complaint? An aspect's
    count holds the mistakes on its clauses, which may be all that there is. So it is named only if
    the lower end of its corrected share leaves complaints in 1 % of all reviews.
    """
    found = [
        (each.aspect, each.unfavourable, each.mentions.of)
        for each in (() if aspects is None else aspects.aspects)
        if each.corrected.interval is not None
        and each.corrected.interval[0] * each.mentions.n >= ISSUE_SHARE * each.mentions.of
    ]
    if not found:
        found = [
            (each.phrase, each.count, each.count.of + sum(other.of for other in each.compared))
            for each in phrases
        ]
    return [
        (name, Count.make(count.n, reviews, count.selection, Selection()))
        for name, count, reviews in found
    ]


def _said(count: Count) -> str:
    if count.share is None or count.interval is None:
        return f"{count.n:,} of {count.of:,} reviews"
    low, high = count.interval
    return (
        f"{count.n:,} of {count.of:,} reviews ({percent(count.share)}, 95% interval {low:.1%} to "
        f"{high:.1%})"
    )


def _share_sentence(share: Count, corrected: CorrectedShare) -> Sentence:
    text = f"Called unfavourable: {_said(share)}"
    if corrected.share is not None and corrected.interval is not None:
        low, high = corrected.interval
        text += (
            f"; corrected for the classifier's mistakes on {corrected.check_set}: "
            f"{percent(corrected.share)}, 95% interval {low:.1%} to {high:.1%}"
        )
    else:
        text += f"; {corrected.refused}"
    return Sentence(text=f"{text}.", counts=(share,))


def _change_sentence(change: Change) -> Sentence:
    when = f"with {change.month}" if change.until is None else _span(change)
    text = (
        f"{change.name} got {'worse' if change.worse else 'better'} {when}: from "
        f"{_said(change.before)} called unfavourable to {_said(change.after)}"
    )
    counts = [change.before, change.after]
    if change.over is not None:
        text += f", and {_said(change.over)} since then"
        counts.append(change.over)
    if change.phrases:
        first = change.phrases[0]
        text += (
            f"; more often than before its unfavourable reviews say \u201c{first.phrase}\u201d, "
            f"{first.count.n:,} of {first.count.of:,}"
        )
        counts.append(first.count)
    return Sentence(text=f"{text}.", counts=tuple(counts))


def explanation_of(whole: WholeFile) -> str | None:
    """Say why a change of all reviews is no alert of its own; None when nothing explains it."""
    if whole.explained_by:
        names = list(whole.explained_by[:_MOST])
        if len(whole.explained_by) > _MOST:
            names.append(f"{len(whole.explained_by) - _MOST} more")
        return f"without {_joined(names)}, all others show no change by more than chance"
    if whole.mix is None:
        return None
    return (
        f"{100 * whole.mix.mix:+.1f} of {100 * whole.mix.change:+.1f} points are because other "
        "products were reviewed"
    )


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _whole_sentence(whole: WholeFile, change: Change) -> Sentence:
    why = explanation_of(whole)
    sentence = _change_sentence(change if why is None else replace(change, phrases=()))
    if why is None:
        return sentence
    return Sentence(text=f"{sentence.text[:-1]}; {why}.", counts=sentence.counts)


def expected_said(expected: float) -> str:
    """Write an expected number with one decimal, and never as none at all."""
    return f"{expected:.1f}" if expected >= 0.05 else "under 0.1"


def _span(change: Change) -> str:
    """Say which months a spell was."""
    alone = change.until == change.month
    return f"in {change.month}" if alone else f"from {change.month} to {change.until}"


def _burst_sentence(burst: Burst) -> Sentence:
    days = f"From {burst.first_day} to {burst.last_day}"
    if burst.first_day == burst.last_day:
        days = f"On {burst.first_day}"
    where = "" if burst.product is None else f" for {burst.product}"
    return Sentence(
        text=f"{days}, {burst.count.n:,} of {burst.count.of:,} reviews{where} were unfavourable, "
        f"where {expected_said(burst.expected)} such reviews were to be expected; without these "
        f"days the share is {_said(burst.share_without)}. A campaign and a defect look alike here: "
        "read them.",
        counts=(burst.count, burst.share_without),
    )
