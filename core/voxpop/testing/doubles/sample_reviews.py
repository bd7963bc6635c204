"""A data source in memory: short reviews made of templates, with words that give the label away."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from voxpop.data.split import Split
from voxpop.events import Listener, Progress
from voxpop.interfaces import Splits
from voxpop.parts import DataSourcePart, PartConfig

PLANTED_WORDS = {
    "negative": ("awful", "broken", "flimsy", "useless", "disappointing"),
    "positive": ("excellent", "lovely", "sturdy", "perfect", "delightful"),
    "neutral": ("average", "ordinary", "acceptable", "plain", "unremarkable"),
}
"""The words that decide, by label; no other word depends on the label."""

_THINGS = ("kettle", "lamp", "backpack", "keyboard", "blanket", "headset", "pan", "umbrella")
_SENTENCES = (
    "The {thing} is {word}.",
    "I bought this {thing} in spring and find it {word}.",
    "What a {word} {thing}! I have told all my friends.",
    "After two weeks of use: {word}. The {thing} came on Monday.",
)
_MOST = len(_THINGS) * len(_SENTENCES) * len(PLANTED_WORDS["negative"])


class SampleReviewsConfig(PartConfig):
    """Options of the sample reviews."""

    count: Annotated[int, Field(ge=4, le=2 * _MOST, description="How many reviews.")] = 60
    classes: Annotated[Literal[2, 3], Field(description="How many labels.")] = 2


def sample_rows(config: SampleReviewsConfig) -> list[tuple[str, int]]:
    """Give `count` different texts with their labels, the labels in turn."""
    reviews = [_reviews(label) for label in tuple(PLANTED_WORDS)[: config.classes]]
    return [(next(reviews[at % config.classes]), at % config.classes) for at in range(config.count)]


def load_sample_reviews(config: SampleReviewsConfig, listen: Listener) -> Splits:
    """Give the sample reviews as one split, with their number as an extra."""
    rows = sample_rows(config)
    train = Split.from_rows(
        [text for text, _ in rows], [label for _, label in rows], {"number": range(len(rows))}
    )
    listen(Progress(stage="reading reviews", done=len(rows), total=len(rows)))
    return Splits(train=train, labels=tuple(PLANTED_WORDS)[: config.classes])


def _reviews(label: str) -> Iterator[str]:
    # The word changes fastest, so that few rows already hold every planted word
    for thing, sentence, word in itertools.product(_THINGS, _SENTENCES, PLANTED_WORDS[label]):
        yield sentence.format(thing=thing, word=word)


SAMPLE_REVIEWS = DataSourcePart(
    name="sample-reviews",
    summary="Short made-up reviews; for tests",
    config=SampleReviewsConfig,
    load=load_sample_reviews,
)
