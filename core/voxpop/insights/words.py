"""The words and phrases that tell one group of reviews from another.

How strongly, by log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn,
"Fightin' Words", Political Analysis 16(4), 2008, equations 16 and 22), on reviews that hold a
phrase instead of on tokens, for a word said ten times in one review is one voice:

    delta = log (y1 + a)/(n1 + a0 - y1 - a) - log (y2 + a)/(n2 + a0 - y2 - a),   a = a0 f
    var   = the sum of 1/(y + a) + 1/(n + a0 - y - a) over both groups
    z     = delta / sqrt(var)

with f the phrase's share of all reviews in the file. How sure, by Fisher's exact test (one-sided,
hypergeometric), since z is no test where the other group never says the word; adjusted by
Benjamini and Hochberg over all phrases looked at. With two groups to differ from (the product
before, and other products) a phrase must differ from both, and the larger p counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxpop.insights.intervals import adjusted_p
from voxpop.insights.libraries import library
from voxpop.insights.phrases import FEWEST_REVIEWS, FUNCTION_WORDS, PhraseIndex
from voxpop.insights.record import Count, Selection, rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.05
_PRIOR_REVIEWS = 20.0  # a0: what is usual in the file weighs as much as so many reviews
_LEAST_SHARE = 0.001  # of the group: what fewer say tells nothing of it
_READ = 300  # of the surest, for alike ones among them
_ALIKE = 0.7  # of the reviews: above, two phrases are one finding
_SHARED = 0.5  # of the rarer one's reviews: above, two that share a word are one finding
_MOST_ALSO = 3


@dataclass(frozen=True, kw_only=True)
class TellingPhrase:
    """A phrase that the group holds more often than the others it was compared with."""

    phrase: str
    count: Count  # reviews of the group that hold it
    compared: tuple[Count, ...]  # the same in each group that it was compared with
    also: tuple[str, ...]  # phrases of the same finding: "strap broke" and "my strap" of "strap"
    z: float  # the least log-odds over those groups, in standard errors
    q: float  # adjusted p


def telling_phrases(
    index: PhraseIndex,
    group: NDArray[np.bool_],
    others: Sequence[NDArray[np.bool_]],
    *,
    named: Sequence[Selection] | None = None,
    most: int = 10,
) -> tuple[TellingPhrase, ...]:
    """Find what a group's reviews say more often than each of the others'.

    Args:
        index: of all reviews.
        group: bool of shape (n,).
        others: masks of shape (n,), none overlapping with the group; empty ones are left out.
        named: selections that open the group and each of the others; None lists their rows.
        most: phrases to give.

    Returns:
        The surest first; none when the groups do not differ.
    """
    if named is None:
        named = [Selection(rows=rows_of(mask)) for mask in (group, *others)]
    named = [one for one, mask in zip(named, (group, *others), strict=True) if mask.any()]
    others = [other for other in others if other.any()]
    y1, n1 = index.counts(group), int(group.sum())
    looked_at = np.flatnonzero(y1 >= max(FEWEST_REVIEWS, _LEAST_SHARE * n1))
    if not len(looked_at) or not others:
        return ()
    y1 = y1[looked_at]
    usual = np.diff(index.starts)[looked_at] / index.reviews
    p, z = np.zeros(len(looked_at)), np.full(len(looked_at), np.inf)
    held = []
    for other in others:
        y2, n2 = index.counts(other)[looked_at], int(other.sum())
        held.append(y2)
        p = np.maximum(p, _at_least(y1, n1, y2, n2))
        z = np.minimum(z, log_odds_z(y1, n1, y2, n2, usual))
    q = adjusted_p(p)
    masks = [group, *others]
    lines: list[list[int]] = []  # a finding each: its phrase, and those that are the same finding
    order = np.lexsort((-z, p))
    surest = order[(q <= LEVEL)[order]][:_READ].tolist()
    mine = {place: _within(index, looked_at[place], group) for place in surest}
    words = {place: index.phrases[looked_at[place]].split() for place in surest}
    for place in surest:
        again = [line for line in lines if _is_one_finding(place, line[0], mine, words)]
        if not again:
            if len(lines) < most:
                lines.append([place])
            continue
        first, *more = again
        # A longer phrase of nearly the same reviews tells more: it takes the place of the shorter.
        first.insert(0 if _tells_more(place, first[0], mine, words) else len(first), place)
        for line in more:  # "broke" is "strap broke", which is "strap"
            if _jaccard(mine[place], mine[line[0]]) >= _ALIKE:
                first += line
                lines.remove(line)
    return tuple(
        TellingPhrase(
            phrase=index.phrases[looked_at[place]],
            count=_count(index, looked_at[place], masks[0], named[0]),
            compared=tuple(
                _count(index, looked_at[place], mask, of)
                for mask, of in zip(masks[1:], named[1:], strict=True)
            ),
            also=tuple(index.phrases[looked_at[one]] for one in also[:_MOST_ALSO]),
            z=float(z[place]),
            q=float(q[place]),
        )
        for place, *also in lines
    )


def log_odds_z(
    y1: NDArray[np.int64],
    n1: int,
    y2: NDArray[np.int64],
    n2: int,
    usual: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Give z of the log-odds between two groups, by the formula above; shape (m,)."""
    # A phrase that all reviews hold, or none, must leave something to take the logarithm of.
    a = np.clip(_PRIOR_REVIEWS * usual, 1e-6, _PRIOR_REVIEWS - 1e-6)
    with1, with2 = y1 + a, y2 + a
    without1, without2 = n1 + _PRIOR_REVIEWS - with1, n2 + _PRIOR_REVIEWS - with2
    delta = np.log(with1 / without1) - np.log(with2 / without2)
    return np.asarray(delta / np.sqrt(1 / with1 + 1 / without1 + 1 / with2 + 1 / without2))


def _at_least(
    y1: NDArray[np.int64], n1: int, y2: NDArray[np.int64], n2: int
) -> NDArray[np.float64]:
    """Fisher's exact test: how often chance puts y1 or more of the phrase's reviews in group 1."""
    hypergeometric = library("scipy.stats").hypergeom
    return np.asarray(hypergeometric.sf(y1 - 1, n1 + n2, y1 + y2, n1), dtype=np.float64)


def _is_one_finding(
    one: int,
    other: int,
    rows: dict[int, NDArray[np.int64]],
    words: dict[int, list[str]],
) -> bool:
    """Whether two phrases are of nearly the same reviews, or share a word and many reviews."""
    if _jaccard(rows[one], rows[other]) >= _ALIKE:
        return True
    if not (set(words[one]) & set(words[other])) - FUNCTION_WORDS:
        return False
    both = len(np.intersect1d(rows[one], rows[other], assume_unique=True))
    return both >= _SHARED * min(len(rows[one]), len(rows[other]))


def _tells_more(
    one: int,
    other: int,
    rows: dict[int, NDArray[np.int64]],
    words: dict[int, list[str]],
) -> bool:
    """Whether a phrase says more than another of nearly the same reviews; no word twice."""
    longer = len(words[one]) > len(words[other]) and len(set(words[one])) == len(words[one])
    return longer and _jaccard(rows[one], rows[other]) >= _ALIKE


def _within(index: PhraseIndex, phrase: int, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    rows = index.rows_of(phrase)
    return rows[mask[rows]]


def _jaccard(some: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    both = len(np.intersect1d(some, others, assume_unique=True))
    return both / max(1, len(some) + len(others) - both)


def _count(index: PhraseIndex, phrase: int, mask: NDArray[np.bool_], out_of: Selection) -> Count:
    rows = _within(index, phrase, mask)
    return Count.make(
        len(rows),
        int(mask.sum()),
        Selection(rows=tuple(rows.tolist())),
        out_of,
    )
