"""What the reviews speak of, and how they speak of it.

Aspects are frequent nouns (Hu and Liu, "Mining and Summarizing Customer Reviews", KDD 2004:
support of 1 % of the reviews); a word is taken for a noun when a determiner ("the battery", "my
strap") stands before it in one of four uses. How a review speaks of an aspect is what the
classifier says of the clauses that mention it. The change of that share is scanned like that of
products.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from voxpop.events import Listener, Progress, followed, ignore_events
from voxpop.insights.clauses import Score, clauses_of
from voxpop.insights.phrases import FUNCTION_WORDS, words_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DETERMINERS = frozenset({"the", "my", "its", "this", "their", "your", "our"})
_LEAST_SUPPORT, _FEWEST = 0.01, 10
_LEAST_DETERMINED = 0.25
_READ = 20_000  # reviews that the search for aspects reads
_CHUNK = 4_096
_SCORING = "scoring what is said of each aspect"
# Nouns that name no aspect of what was bought.
_EMPTY_WORDS = """\
all amazon anyone anything back best better bit book buy cd day days deal dvd end everyone
everything fact family film first game good great guy half hand home house husband idea item kids
kind last lot man money month months movie much name new next old one ones only order other others
own part people person place point problem product products purchase rating reason rest review
reviewer reviews right same second series set several set son daughter star stars start store stuff
thing things time times title top two type use user users very way ways week weeks whole wife work
world worst year years
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())


@dataclass(frozen=True, kw_only=True, eq=False)
class AspectMentions:
    """The reviews that mention an aspect, ascending, and what their clauses say of it."""

    aspect: str
    rows: NDArray[np.int64]
    unfavourable: NDArray[np.bool_]  # the same shape: the clauses are, on average


def find_aspects(
    texts: Sequence[str], *, most: int = 12, listen: Listener = ignore_events
) -> tuple[str, ...]:
    """Find what many reviews speak of, the most frequent first."""
    read = texts if len(texts) <= _READ else texts[:: -(-len(texts) // _READ)]
    uses: Counter[str] = Counter()
    determined: Counter[str] = Counter()
    holding: Counter[str] = Counter()
    for text in followed(read, listen, "looking for aspects"):
        words = words_of(text)
        uses.update(words)
        holding.update(set(words))
        determined.update(word for before, word in pairwise(words) if before in _DETERMINERS)
    least = max(_FEWEST, _LEAST_SUPPORT * len(read))
    found = [
        word
        for word, count in sorted(holding.items(), key=lambda item: (-item[1], item[0]))
        if count >= least
        and len(word) > 2
        and word.isalpha()
        and word not in FUNCTION_WORDS
        and word not in _EMPTY
        and determined[word] >= _LEAST_DETERMINED * uses[word]
        and not (word.endswith("s") and word[:-1] in holding and holding[word[:-1]] >= least)
    ]
    return tuple(found[:most])


def score_mentions(
    texts: Sequence[str],
    aspects: Sequence[str],
    score: Score,
    unfavourable: Sequence[int],
    *,
    listen: Listener = ignore_events,
) -> tuple[AspectMentions, ...]:
    """Score the clauses that mention each aspect (as it stands, or with an s).

    Args:
        texts: n texts.
        aspects: words or phrases in lower case.
        score: the classifier.
        unfavourable: columns of its answers that count as unfavourable.
        listen: hears how far it is.
    """
    if not aspects:
        return ()
    longest_first = sorted(aspects, key=len, reverse=True)
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})s?\b", re.IGNORECASE)
    place_of = {aspect: place for place, aspect in enumerate(aspects)}
    clauses: dict[str, int] = {}
    mentions: list[tuple[int, int, int]] = []  # aspect, row, clause
    for row, text in enumerate(followed(texts, listen, "looking for clauses on aspects")):
        if not pattern.search(text):
            continue
        for clause in clauses_of(text):
            named = {place_of[name.lower()] for name in pattern.findall(clause)}
            if named:
                number = clauses.setdefault(clause, len(clauses))
                mentions += [(aspect, row, number) for aspect in sorted(named)]
    spoken = list(clauses)
    against = np.zeros(len(spoken))
    for start in range(0, len(spoken), _CHUNK):
        listen(Progress(stage=_SCORING, done=start, total=len(spoken), unit="clauses"))
        scored = np.asarray(score(spoken[start : start + _CHUNK]), dtype=np.float64)
        against[start : start + _CHUNK] = scored[:, list(unfavourable)].sum(axis=1)
    found = np.array(mentions, dtype=np.int64).reshape(-1, 3)
    result = []
    for place, aspect in enumerate(aspects):
        mine = found[found[:, 0] == place]
        rows, first = np.unique(mine[:, 1], return_index=True)
        sums = np.add.reduceat(against[mine[:, 2]], first) if len(mine) else np.zeros(0)
        counts = np.diff(np.append(first, len(mine)))
        result.append(
            AspectMentions(
                aspect=aspect, rows=rows, unfavourable=sums / np.maximum(counts, 1) > 0.5
            )
        )
    return tuple(result)
