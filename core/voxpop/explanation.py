"""Which words drove a prediction: occlusion, for any tokenizer and any model.

Each word is left out of the text in turn, and its weight is how much that takes from the
probability p of the label shown:

    weight(word) = p(label | text) - p(label | text without the word)

(Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4.2;
for words: Li, Monroe and Jurafsky, "Understanding Neural Networks through Representation Erasure",
2016, arXiv 1612.08220.) Positive weights speak for the label, negative ones against it; they do not
add up to anything, for words act together.

A word is what stands between white space, so that no tokenizer need tell where its tokens came
from. All texts that lack a word are encoded and asked about together, in one batch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import numpy as np

from voxpop.interfaces import Prediction, TokenBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

MOST_SPANS = 128
"""So many spans have weights at most; of a text with more words several share one."""

_WORD = re.compile(r"\S+")
_FEWEST_READ = 64  # words; doubled until the tokenizer reads no further
_MOST_READ = 4_096
_MOST_CHARACTERS = 65_536  # of what is looked at, or a text of few but endless words costs seconds


@dataclass(frozen=True, kw_only=True)
class Influence:
    """A part of a text and its weight for the label shown.

    Attributes:
        start: where it begins in the text, in characters.
        end: where it ends; `text[start:end]` is the part, one word or some neighbours.
        weight: how much of the label's probability is gone without it, from -1 to 1.
    """

    start: int
    end: int
    weight: float


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What a classifier says of a text, and which words drove it.

    Attributes:
        prediction: of the whole text.
        influences: in the order of the text, at most `MOST_SPANS`.
        read: how many characters of the text were looked at. What lies beyond is either never read,
            because the tokenizer cuts there, or, in a text of thousands of words that no tokenizer
            cut, left unexplained: `is_whole` is then false.
        is_whole: whether the weights explain all that the model read.
    """

    prediction: Prediction
    influences: tuple[Influence, ...]
    read: int
    is_whole: bool


def explain(
    text: str,
    encode: Callable[[Sequence[str]], TokenBatch],
    probabilities: Callable[[Sequence[str]], NDArray[np.float64]],
    prediction_of: Callable[[NDArray[np.float64]], Prediction],
) -> Explanation:
    """Explain the prediction of one text.

    The work is bounded: two passes over the text, then at most `MOST_SPANS` variants of what the
    tokenizer reads of it. A word that is left out is not replaced by one from beyond the cut.

    Args:
        text: any text.
        encode: the tokenizer's.
        probabilities: the calibrated probabilities of texts, shape (n, k).
        prediction_of: makes the prediction of a row of probabilities.
    """
    words, read, is_whole = _words_read(text, encode)
    spans = _spans(words)
    seen = text[:read]
    variants = [seen[:start] + seen[end:] for start, end in spans]
    first = [seen] if is_whole else [seen, text]
    rows = probabilities([*first, *variants])
    shown = int(np.argmax(rows[len(first) - 1]))
    weights = rows[0, shown] - rows[len(first) :, shown]
    return Explanation(
        prediction=prediction_of(rows[len(first) - 1]),
        influences=tuple(
            Influence(start=start, end=end, weight=float(weight))
            for (start, end), weight in zip(spans, weights, strict=True)
        ),
        read=read,
        is_whole=is_whole,
    )


def _words_read(
    text: str, encode: Callable[[Sequence[str]], TokenBatch]
) -> tuple[list[tuple[int, int]], int, bool]:
    """Find the first words that make up all the tokens of the text.

    Returns:
        The words' spans, the characters up to the last one's end, and whether those characters give
        the very tokens of the whole text.
    """
    found = _WORD.finditer(text)
    words = [match.span() for match in islice(found, _MOST_READ + 1)]
    if len(words) <= _FEWEST_READ and len(text) <= _MOST_CHARACTERS:
        return words, len(text), True
    whole = encode([text])
    fewest = _FEWEST_READ
    while fewest < len(words) and words[fewest - 1][1] <= _MOST_CHARACTERS:
        if _same(encode([text[: words[fewest - 1][1]]]), whole):
            enough = _fewest_enough(text, words, fewest, encode, whole)
            return words[:enough], words[enough - 1][1], True
        fewest *= 2
    if len(words) <= _MOST_READ and len(text) <= _MOST_CHARACTERS:
        return words, len(text), True
    kept = [span for span in words[:_MOST_READ] if span[0] < _MOST_CHARACTERS]
    read = min(kept[-1][1], _MOST_CHARACTERS) if kept else _MOST_CHARACTERS
    kept = [(start, min(end, read)) for start, end in kept]
    return kept, read, _same(encode([text[:read]]), whole)


def _fewest_enough(
    text: str,
    words: list[tuple[int, int]],
    enough: int,
    encode: Callable[[Sequence[str]], TokenBatch],
    whole: TokenBatch,
) -> int:
    """Narrow down, by halving, how many words it takes; `enough` words are known to do."""
    too_few = enough // 2 if enough > _FEWEST_READ else 0
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        if _same(encode([text[: words[middle - 1][1]]]), whole):
            enough = middle
        else:
            too_few = middle
    return enough


def _same(part: TokenBatch, whole: TokenBatch) -> bool:
    length = int(part.lengths[0])
    return length == int(whole.lengths[0]) and np.array_equal(
        part.ids[0, :length], whole.ids[0, :length]
    )


def _spans(words: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Let neighbours share a span where there are too many words."""
    if len(words) <= MOST_SPANS:
        return words
    borders = np.linspace(0, len(words), MOST_SPANS + 1).astype(int).tolist()
    return [(words[first][0], words[last - 1][1]) for first, last in pairwise(borders)]
