"""Which review says what: words and phrases of up to three words, each with its reviews."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxpop.events import Listener, followed, ignore_events

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_REVIEWS = 5
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|[.!?;:,()\n]")
_MARKS = frozenset(".!?;:,()\n")
_NEGATIONS = frozenset({"not", "no", "never", "cannot", "without", "hardly", "nor", "nothing"})
# Words that no phrase may begin or end with, and that say nothing alone.
_FUNCTION_WORDS = """\
a about after again all also am an and any are as at be because been before being both but by can
could did do does doing down each few for from further get got had has have having he her here hers
him his how i i'd i'll i'm i've if in into is it it's its itself just me more most my myself of off
on once only or other our out over own she should so some such than that that's the their them then
there these they this those through to too under until up us very was we were what when where which
while who whom why will with would you your
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())


@dataclass(frozen=True, eq=False)
class PhraseIndex:
    """Every phrase that five reviews or more hold.

    Attributes:
        phrases: as a person reads them, m of them.
        rows: the reviews of all phrases, one phrase after the other, each ascending.
        starts: int64 of shape (m + 1,): phrase i has `rows[starts[i] : starts[i + 1]]`.
        reviews: how many there are in all.
    """

    phrases: tuple[str, ...]
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    reviews: int

    def counts(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Count the phrase's reviews within a mask, int64 of shape (m,)."""
        sums = np.concatenate(([0], np.cumsum(mask[self.rows])))
        counted: NDArray[np.int64] = sums[self.starts[1:]] - sums[self.starts[:-1]]
        return counted

    def rows_of(self, place: int) -> NDArray[np.int64]:
        """Give the reviews that hold a phrase, ascending."""
        return self.rows[self.starts[place] : self.starts[place + 1]]


def words_of(text: str) -> list[str]:
    """Cut a text into lower-case words and marks; a negation and its word are one ("not good")."""
    lowered = text.lower().replace("\u2019", "'")
    found: list[str] = _WORD.findall(lowered)
    if "n't" not in lowered and _NEGATIONS.isdisjoint(found):
        return found  # nothing to join, and most of the time saved
    words: list[str] = []
    negation = ""
    for word in found:
        if negation and word not in _MARKS and word not in FUNCTION_WORDS:
            words.append(f"{negation} {word}")
            negation = ""
        elif word in _NEGATIONS or word.endswith("n't"):
            negation = "not" if word.endswith("n't") or word == "cannot" else word
        elif word in _MARKS:
            negation = ""
            words.append(word)
        elif not negation:
            words.append(word)
    return words


def index_phrases(
    texts: Sequence[str], *, fewest: int = FEWEST_REVIEWS, listen: Listener = ignore_events
) -> PhraseIndex:
    """Index the phrases of 1 to 3 words that at least `fewest` reviews hold.

    A review counts once however often it says something. A plural is counted as its singular when
    the file has that as well. Phrases do not cross a mark, and neither begin nor end with a
    function word.
    """
    codes: dict[str, int] = {}
    lengths, stream = np.zeros(len(texts), dtype=np.int64), []
    for place, text in enumerate(followed(texts, listen, "indexing words")):
        found = [codes.setdefault(word, len(codes)) for word in words_of(text)]
        lengths[place] = len(found)
        stream.append(np.array(found, dtype=np.int64))
    names = list(codes)
    merged = np.array([_singular_code(name, codes) for name in names], dtype=np.int64)
    tokens = merged[np.concatenate(stream)] if codes else np.zeros(0, dtype=np.int64)
    row = np.repeat(np.arange(len(texts)), lengths)
    mark = np.array([name in _MARKS for name in names], dtype=bool)
    edge = np.array([name not in FUNCTION_WORDS and len(name) > 1 for name in names], dtype=bool)
    edge &= ~mark
    phrases: list[str] = []
    parts: list[NDArray[np.int64]] = []
    # A phrase is frequent only if the one that it lengthens is: ids of frequent ones, -1 others.
    ids = tokens
    spelled = names
    usable = ~mark[tokens] if len(tokens) else np.zeros(0, dtype=bool)
    for words in followed((1, 2, 3), listen, "indexing phrases", unit="words long", every=1):
        if words > 1:
            following = tokens[words - 1 :]
            same = row[words - 1 :] == row[: len(following)] if len(following) else following == 1
            ids, usable = ids[: len(following)], usable[: len(following)]
            usable = usable & same & ~mark[following]
            ids = ids * (len(names) + 1) + following
        at = np.flatnonzero(usable)
        keys, numbers = _numbered(ids[at])
        pairs = np.sort(numbers * np.int64(len(texts) + 1) + row[at])
        pairs = pairs[np.concatenate((pairs[:1] == pairs[:1], pairs[1:] != pairs[:-1]))]
        number, holder = np.divmod(pairs, np.int64(len(texts) + 1))
        frequent = np.bincount(number, minlength=len(keys)) >= fewest
        if words == 1:
            texts_of = [spelled[key] for key in keys.tolist()]
        else:
            first, last = np.divmod(keys, np.int64(len(names) + 1))
            texts_of = [
                f"{spelled[one]} {names[two]}" if kept else ""
                for one, two, kept in zip(
                    first.tolist(), last.tolist(), frequent.tolist(), strict=True
                )
            ]
        begin = edge[tokens[at]]
        end = edge[tokens[at + words - 1]]
        telling = np.zeros(len(keys), dtype=bool)
        telling[numbers] = begin & end
        starts = np.searchsorted(number, np.arange(len(keys) + 1))
        for key in np.flatnonzero(frequent & telling).tolist():
            phrases.append(texts_of[key])
            parts.append(holder[starts[key] : starts[key + 1]])
        renumbered = np.where(frequent, np.cumsum(frequent) - 1, -1)
        spelled = [text for text, kept in zip(texts_of, frequent.tolist(), strict=True) if kept]
        grown = np.full(len(ids), -1, dtype=np.int64)
        grown[at] = renumbered[numbers]
        ids, usable = grown, grown >= 0
    sizes = np.array([len(part) for part in parts], dtype=np.int64)
    return PhraseIndex(
        phrases=tuple(phrases),
        rows=np.concatenate([np.zeros(0, dtype=np.int64), *parts]),
        starts=np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes))),
        reviews=len(texts),
    )


def _numbered(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the distinct ids, ascending, and the place of each id among them.

    What `np.unique` gives; by one stable sort it takes a third of the time for millions of ids.
    """
    order = np.argsort(ids, kind="stable")
    ordered = ids[order]
    first = np.concatenate((ordered[:1] == ordered[:1], ordered[1:] != ordered[:-1]))
    numbers = np.empty(len(ids), dtype=np.int64)
    numbers[order] = np.cumsum(first) - 1
    return ordered[first], numbers


def _singular_code(word: str, codes: dict[str, int]) -> int:
    """The code of the singular if the file has it ("straps" -> "strap"), else the word's own."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")):
        for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
            if word.endswith(ending) and word[: -len(ending)] + instead in codes:
                if ending == "es" and not word.endswith(("ches", "shes", "xes", "sses", "zes")):
                    continue
                return codes[word[: -len(ending)] + instead]
    return codes[word]
