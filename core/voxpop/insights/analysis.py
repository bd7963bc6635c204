"""All methods over one table of scored reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxpop.errors import DataError
from voxpop.events import Listener, Progress, ignore_events
from voxpop.insights.aspects import AspectMentions, find_aspects, score_mentions
from voxpop.insights.clauses import Score, measure_clauses
from voxpop.insights.copies import near_copies
from voxpop.insights.findings import (
    Aspect,
    Aspects,
    Copies,
    CopyGroup,
    Insights,
    Mix,
    StarsAgainstText,
)
from voxpop.insights.mix import FEWEST_REVIEWS, split_change
from voxpop.insights.narrative import complaints_of, summarise
from voxpop.insights.over_time import (
    aspect_changes,
    month_shares,
    months_to_scan,
    product_bursts,
    product_changes,
)
from voxpop.insights.phrases import index_phrases
from voxpop.insights.quantification import (
    CheckSet,
    CorrectedShare,
    corrected_share,
    share_from_labels,
)
from voxpop.insights.ranking import rank_products
from voxpop.insights.record import Count, Selection, rows_of
from voxpop.insights.stars import contradictions
from voxpop.insights.table import (
    CodedReviews,
    ReviewTable,
    unfavourable_labels,
)
from voxpop.insights.whole import whole_file
from voxpop.insights.words import telling_phrases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Options:
    """What may be chosen; the rest follows from the reviews.

    Attributes:
        unfavourable: labels that count as unfavourable; None: "negative" if there is such a label,
            else the first.
        months: how many of the file's last months are scanned for changes.
        recent_months: the mix-or-rate split sets so many last months against those before.
        worst: how many products are the worst ones, and how many the best.
        aspects: words to look for instead of those that are found.
        seed: of all draws; the same seed gives the same bytes.
    """

    unfavourable: tuple[str, ...] | None = None
    months: int = 24
    recent_months: int = 3
    worst: int = 10
    aspects: tuple[str, ...] | None = None
    seed: int = 0


def analyse(
    reviews: ReviewTable,
    *,
    score: Score | None = None,
    check: CheckSet | None = None,
    truth: Mapping[int, str] | None = None,
    clause_check: CheckSet | None = None,
    options: Options | None = None,
    listen: Listener = ignore_events,
) -> Insights:
    """Say what a file of reviews says as a whole.

    Args:
        reviews: scored reviews; columns that are missing leave out what rests on them.
        score: the classifier, for the clauses that mention an aspect; None leaves the aspects out.
        check: how the classifier did on reviews with known labels (its test split).
        truth: labels that a person gave to reviews of this table, drawn at random, by place; with
            100 or more they correct the share instead of `check`.
        clause_check: how the classifier does on clauses of this kind; None measures it on the
            labelled clauses that come with Voxpop.
        options: what may be chosen.
        listen: hears how far it is, several times a second.

    Returns:
        Records that go to JSON; each figure carries n of N and what opens exactly those reviews.

    Raises:
        DataError: there is no review.
        UsageError: the options do not fit the labels.
        MissingExtraError: scipy or rensa is missing.
        RunStopped: the listener ends it.
    """
    chosen = options or Options()
    if not len(reviews):
        raise DataError("There are no reviews to analyse: the file has no usable row.")
    labels = unfavourable_labels(reviews.labels, chosen.unfavourable)
    coded = CodedReviews.of(reviews, labels)
    index = index_phrases(reviews.texts, listen=listen)
    share = Count.make(
        int(coded.unfavourable.sum()), len(coded), Selection(unfavourable=True), Selection()
    )
    listen(Progress(stage="correcting the share", done=0, total=None, unit=""))
    corrected = _corrected(coded, share, check, truth, labels, chosen.seed)
    changes = product_changes(coded, index, months=chosen.months, seed=chosen.seed, listen=listen)
    whole = whole_file(
        coded,
        index,
        () if changes is None else changes.alerts,
        months_to_scan(coded, coded.dated, chosen.months),
        seed=chosen.seed,
        listen=listen,
    )
    listen(Progress(stage="comparing words", done=0, total=None, unit=""))
    phrases = telling_phrases(
        index,
        coded.unfavourable,
        [~coded.unfavourable],
        named=[Selection(unfavourable=True), Selection(unfavourable=False)],
    )
    praise = telling_phrases(
        index,
        ~coded.unfavourable,
        [coded.unfavourable],
        named=[Selection(unfavourable=False), Selection(unfavourable=True)],
    )
    aspects = None
    if score is not None:
        columns = [reviews.labels.index(label) for label in labels]
        aspects = _aspects(reviews, coded, score, columns, clause_check, chosen, listen)
    copies = _copies(reviews, coded, listen)
    bursts = product_bursts(coded, listen=listen)
    known = coded.day[coded.dated]
    return Insights(
        reviews=len(coded),
        labels=reviews.labels,
        unfavourable_labels=labels,
        first_day=str(np.min(known)) if len(known) else None,
        last_day=str(np.max(known)) if len(known) else None,
        without_product=int((coded.product < 0).sum()),
        without_day=int((~coded.dated).sum()),
        share=share,
        corrected=corrected,
        months=month_shares(coded),
        ranking=rank_products(coded, worst=chosen.worst, seed=chosen.seed),
        changes=changes,
        whole=whole,
        phrases=phrases,
        praise=praise,
        aspects=aspects,
        copies=copies,
        bursts=bursts,
        mix=_mix(coded, chosen),
        stars=_stars(coded),
        summary=summarise(
            share, corrected, whole, changes, complaints_of(phrases, aspects), bursts, copies
        ),
    )


def _corrected(
    coded: CodedReviews,
    share: Count,
    check: CheckSet | None,
    truth: Mapping[int, str] | None,
    labels: tuple[str, ...],
    seed: int,
) -> CorrectedShare:
    if truth:
        places = sorted(truth)
        by_labels = share_from_labels(
            share.n,
            share.of,
            coded.unfavourable[places],
            np.array([truth[place] in labels for place in places], dtype=bool),
            seed=seed,
        )
        if by_labels.refused is None or check is None:
            return by_labels
    return corrected_share(share.n, share.of, check, seed=seed)


def _aspects(
    reviews: ReviewTable,
    coded: CodedReviews,
    score: Score,
    columns: list[int],
    check: CheckSet | None,
    options: Options,
    listen: Listener,
) -> Aspects:
    measured = check or measure_clauses(score, columns)
    refused = measured.refusal()
    if refused is not None:
        return Aspects(check=measured, refused=refused, aspects=(), changes=None)
    names = options.aspects or find_aspects(reviews.texts, listen=listen)
    mentions = score_mentions(reviews.texts, names, score, columns, listen=listen)
    return Aspects(
        check=measured,
        refused=None,
        aspects=tuple(_aspect(each, len(coded), measured, options.seed) for each in mentions),
        changes=aspect_changes(
            coded,
            [each.aspect for each in mentions],
            [each.rows for each in mentions],
            [each.unfavourable for each in mentions],
            months=options.months,
            seed=options.seed,
        ),
    )


def _aspect(mentions: AspectMentions, reviews: int, check: CheckSet, seed: int) -> Aspect:
    bad = mentions.rows[mentions.unfavourable]
    all_ = Selection(rows=tuple(mentions.rows.tolist()))
    return Aspect(
        aspect=mentions.aspect,
        mentions=Count.make(len(mentions.rows), reviews, all_, Selection()),
        unfavourable=Count.make(
            len(bad), len(mentions.rows), Selection(rows=tuple(bad.tolist())), all_
        ),
        corrected=corrected_share(len(bad), len(mentions.rows), check, seed=seed),
    )


def _copies(reviews: ReviewTable, coded: CodedReviews, listen: Listener) -> Copies:
    groups = near_copies(reviews.texts, coded.day if coded.dated.any() else None, listen=listen)
    left_out = np.zeros(len(coded), dtype=bool)
    for group in groups:
        left_out[group[1:]] = True
    without = rows_of(left_out) if groups else None
    bad = int(coded.unfavourable.sum())
    return Copies(
        groups=tuple(_copy_group(group, coded) for group in groups),
        share_with=Count.make(bad, len(coded), Selection(unfavourable=True), Selection()),
        share_without=Count.make(
            int((coded.unfavourable & ~left_out).sum()),
            int((~left_out).sum()),
            Selection(unfavourable=True, without_rows=without),
            Selection(without_rows=without),
        ),
    )


def _copy_group(group: NDArray[np.int64], coded: CodedReviews) -> CopyGroup:
    days = coded.day[group][coded.dated[group]]
    products = coded.product[group]
    return CopyGroup(
        count=Count.make(
            len(group), len(coded), Selection(rows=tuple(group.tolist())), Selection()
        ),
        example=int(group[0]),
        first_day=str(np.min(days)) if len(days) else None,
        last_day=str(np.max(days)) if len(days) else None,
        products=len(np.unique(products[products >= 0])),
    )


def _mix(coded: CodedReviews, options: Options) -> Mix | None:
    known = coded.dated & (coded.product >= 0)
    if not known.any() or len(coded.product_names) < 2:
        return None
    split = int(np.max(coded.month[known])) - options.recent_months + 1
    if split <= int(np.min(coded.month[known])):
        return None
    counts, figures = [], []
    for inside in (known & (coded.month < split), known & (coded.month >= split)):
        size = len(coded.product_names)
        x = np.bincount(coded.product[inside & coded.unfavourable], minlength=size)
        n = np.bincount(coded.product[inside], minlength=size)
        if n.sum() < FEWEST_REVIEWS:
            return None
        counts += [x, n]
        # Of reviews with a product only: those without are no part of any mix.
        bad, of = rows_of(inside & coded.unfavourable), rows_of(inside)
        figures.append(Count.make(len(bad), len(of), Selection(rows=bad), Selection(rows=of)))
    return Mix(before=figures[0], after=figures[1], parts=split_change(*counts, seed=options.seed))


def _stars(coded: CodedReviews) -> StarsAgainstText | None:
    known = ~np.isnan(coded.stars)
    if not known.any():
        return None
    found = contradictions(coded.unfavourable_probability, coded.stars)

    def count(rows: NDArray[np.int64]) -> Count:
        return Count.make(
            len(rows),
            int(known.sum()),
            Selection(rows=tuple(rows.tolist()), ranked=True),
            Selection(rows=rows_of(known)),
        )

    return StarsAgainstText(
        complaints_with_many_stars=count(found.complaints_with_many_stars),
        praise_with_few_stars=count(found.praise_with_few_stars),
        ranked_complaints=tuple(found.complaints_with_many_stars.tolist()),
        ranked_praise=tuple(found.praise_with_few_stars.tolist()),
    )
