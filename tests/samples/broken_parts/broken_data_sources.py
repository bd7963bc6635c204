"""Data sources with one fault each: the sample reviews, spoilt."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from voxpop import DataSourcePart, Split, Splits
from voxpop.testing import (
    WORDS,
    DataSourceConformance,
    SampleReviewsConfig,
    load_sample_reviews,
    sample_rows,
)

TEXTS = [text for text, _ in sample_rows(SampleReviewsConfig())]
LABELS = [label for _, label in sample_rows(SampleReviewsConfig())]
NAMES = ("negative", "positive")


def part_of(load):
    return DataSourcePart(
        name="spoilt", summary="Has one fault", config=SampleReviewsConfig, load=load
    )


def giving(**changes):
    """Make a part that gives the sample reviews with these fields of Splits changed."""
    return part_of(
        lambda config, listen: dataclasses.replace(load_sample_reviews(config, listen), **changes)
    )


class TestOfAnotherKind(DataSourceConformance):
    @pytest.fixture
    def part(self):
        return WORDS


class TestGivesRows(DataSourceConformance):
    @pytest.fixture
    def part(self):
        return part_of(lambda config, listen: list(zip(TEXTS, LABELS, strict=True)))


class TestTrainIsAList(DataSourceConformance):
    @pytest.fixture
    def part(self):
        return giving(train=list(zip(TEXTS, LABELS, strict=True)))


class TestTestIsEmpty(DataSourceConformance):
    @pytest.fixture
    def part(self):
        return giving(test=Split.from_rows([], []))


class TestOneLabel(DataSourceConformance):
    @pytest.fixture
    def part(self):
        return giving(labels=("positive",))


class TestLabelsAreNumbers(DataSourceConformance):
    @pytest.fixture
    def part(self):
        return giving(labels=(1, 2))


class TextsAreBytes(Split):
    def texts(self, chunk=1_000):
        return ([text.encode() for text in texts] for texts in super().texts(chunk))


class TestTextsAreBytes(DataSourceConformance):
    @pytest.fixture
    def part(self):
        return giving(train=TextsAreBytes.from_rows(TEXTS, LABELS))


class TestLabelsAreStars(DataSourceConformance):
    @pytest.fixture
    def part(self):
        return giving(train=Split.from_rows(TEXTS, [label + 1 for label in LABELS]))


class TestLabelIsNeverSeen(DataSourceConformance):
    @pytest.fixture
    def part(self):
        return giving(labels=(*NAMES, "neutral"))


class ReadOnce(Split):
    """Gives other rows the second time, as a generator underneath would."""

    def __init__(self, dataset):
        super().__init__(dataset)
        self.reads = itertools.count()

    def __iter__(self):
        return iter(super().__iter__()) if next(self.reads) % 2 == 0 else iter(())


class TestReadOnce(DataSourceConformance):
    @pytest.fixture
    def part(self):
        return giving(train=ReadOnce.from_rows(TEXTS, LABELS))


class LosesChunkEnds(Split):
    def texts(self, chunk=1_000):
        return (texts[: max(len(texts) - 1, 1)] for texts in super().texts(chunk))


class TestLosesChunkEnds(DataSourceConformance):
    @pytest.fixture
    def part(self):
        return giving(train=LosesChunkEnds.from_rows(TEXTS, LABELS))


class RepeatsText(Split):
    def __iter__(self):
        for example in super().__iter__():
            yield example._replace(extras={"text": example.text})


class TestRepeatsText(DataSourceConformance):
    @pytest.fixture
    def part(self):
        return giving(train=RepeatsText.from_rows(TEXTS, LABELS))


class TestShuffles(DataSourceConformance):
    turns = itertools.count()

    @pytest.fixture
    def part(self):
        def load(config, listen):
            turn = next(TestShuffles.turns)
            texts, labels = (rows[turn:] + rows[:turn] for rows in (TEXTS, LABELS))
            return Splits(train=Split.from_rows(texts, labels), labels=NAMES)

        return part_of(load)


class TestTellsText(DataSourceConformance):
    @pytest.fixture
    def part(self):
        def load(config, listen):
            listen("60 reviews read")
            return load_sample_reviews(config, listen)

        return part_of(load)


class TestChanged(DataSourceConformance):
    @pytest.fixture
    def part(self):
        return giving()

    test_texts_are_str = None
