"""Tokenizers with one fault each: the word tokenizer, spoilt."""

from __future__ import annotations

import dataclasses
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from voxpop import PartConfig, TokenBatch, TokenizerPart
from voxpop.testing import (
    WORD_WEIGHTS,
    TokenizerConformance,
    WordTokenizer,
    WordTokenizerConfig,
    fit_words,
    load_words,
)


def part_of(tokenizer_class, load=None):
    """Make a part of a spoilt class; what it saves is read back as the same class."""

    def spoil(tokenizer):
        spoilt = tokenizer_class.__new__(tokenizer_class)
        spoilt.__dict__.update(tokenizer.__dict__)
        return spoilt

    return TokenizerPart(
        name="spoilt",
        summary="Has one fault",
        config=WordTokenizerConfig,
        fit=lambda config, texts: spoil(fit_words(config, texts)),
        load=load or (lambda directory: spoil(load_words(directory))),
    )


class TestOfAnotherKind(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return WORD_WEIGHTS

    @pytest.fixture
    def tokenizer(self):
        return fit_words(WordTokenizerConfig(), ["one"])


class TestBadName(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return dataclasses.replace(part_of(WordTokenizer), name="My Words")


class TestGivesNoPart(TokenizerConformance):
    pass


class RequiredOption(PartConfig):
    language: str


class TestGivesNoConfig(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return dataclasses.replace(part_of(WordTokenizer), config=RequiredOption)


class SizeIsText(WordTokenizer):
    vocabulary_size = "500"


class TestSizeIsText(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(SizeIsText)


class WideNumbers(WordTokenizer):
    def encode(self, texts):
        batch = super().encode(texts)
        return TokenBatch(batch.ids.astype(np.int64), batch.lengths)


class TestWideNumbers(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(WideNumbers)


class GivesLists(WordTokenizer):
    def encode(self, texts):
        return super().encode(texts).ids.tolist()


class TestGivesLists(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(GivesLists)


class AlwaysPads(WordTokenizer):
    def encode(self, texts):
        batch = super().encode(texts)
        return TokenBatch(np.pad(batch.ids, ((0, 0), (0, 5))), batch.lengths)


class TestAlwaysPads(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(AlwaysPads)


class ForgetsToCountPadding(WordTokenizer):
    @property
    def vocabulary_size(self):
        return super().vocabulary_size - 1


class TestForgetsToCountPadding(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(ForgetsToCountPadding)


class PadsInFront(WordTokenizer):
    def encode(self, texts):
        batch = super().encode(texts)
        ids = np.stack([np.roll(row, len(row) - n) for row, n in zip(*_arrays(batch), strict=True)])
        return TokenBatch(ids, batch.lengths)


def _arrays(batch):
    return batch.ids, batch.lengths


class TestPadsInFront(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(PadsInFront)


class KnowsNothing(WordTokenizer):
    def encode(self, texts):
        return TokenBatch(np.ones((len(texts), 1), np.int32), np.ones(len(texts), np.int32))


class TestKnowsNothing(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(KnowsNothing)


class Sorts(WordTokenizer):
    def encode(self, texts):
        return super().encode(sorted(texts))


class TestSorts(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(Sorts)


class NeedsUtf8(WordTokenizer):
    def encode(self, texts):
        return super().encode([text.encode().decode() for text in texts])


class TestNeedsUtf8(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(NeedsUtf8)

    @pytest.fixture
    def batch(self, tokenizer, texts):
        return tokenizer.encode(texts)


class RefusesLongTexts(WordTokenizer):
    def encode(self, texts):
        if any(len(text) > 500_000 for text in texts):
            raise ValueError("the text is too long")
        return super().encode(texts)


class TestRefusesLongTexts(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(RefusesLongTexts)


class RefusesNoTexts(WordTokenizer):
    def encode(self, texts):
        max(map(len, texts))
        return super().encode(texts)


class TestRefusesNoTexts(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(RefusesNoTexts)


class Learns(WordTokenizer):
    seen = 0

    def encode(self, texts):
        if len(texts) > 20:
            Learns.seen += 1
        batch = super().encode(texts)
        return TokenBatch(
            np.where((batch.ids == 2) & (Learns.seen > 1), 3, batch.ids), batch.lengths
        )


class TestLearns(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(Learns)


def fit_reading_twice(config, texts):
    longest = max(len(text) for text in texts)
    return fit_words(config.model_copy(update={"max_length": longest}), texts)


class TestReadsTwice(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return dataclasses.replace(part_of(WordTokenizer), fit=fit_reading_twice)


class ForgetsAnOption(WordTokenizer):
    def save(self, directory):
        super().save(directory)
        stored = json.loads((directory / "words.json").read_text())
        (directory / "words.json").write_text(json.dumps({**stored, "max_length": 3}))


class TestForgetsAnOption(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(ForgetsAnOption)


class Pickles(WordTokenizer):
    def save(self, directory):
        (directory / "words.bin").write_bytes(pickle.dumps(self.__dict__))


def load_pickled(directory):
    tokenizer = Pickles.__new__(Pickles)
    tokenizer.__dict__.update(pickle.loads((directory / "words.bin").read_bytes()))
    return tokenizer


class TestPickles(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(Pickles, load_pickled)


class ForgotSave:
    def __init__(self, tokenizer):
        self.encode = tokenizer.encode
        self.vocabulary_size = tokenizer.vocabulary_size


class TestForgotSave(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return dataclasses.replace(
            part_of(WordTokenizer),
            fit=lambda config, texts: ForgotSave(fit_words(config, texts)),
        )


class SavesNothing(WordTokenizer):
    def save(self, directory):
        pass


class TestSavesNothing(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(SavesNothing)


class NumbersByHash(WordTokenizer):
    def encode(self, texts):
        rows = [[1 + hash(word) % 40 for word in text.split()][:50] for text in texts]
        ids = np.zeros((len(rows), max(map(len, rows), default=0)), np.int32)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
        return TokenBatch(ids, np.array([len(row) for row in rows], np.int32))


def load_numbers_by_hash(directory: Path):
    return part_of(NumbersByHash).load(directory)


class TestNumbersByHash(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return part_of(NumbersByHash, load_numbers_by_hash)


_FITTED = []


def load_what_was_fitted(directory: Path):
    return _FITTED[-1]


def fit_and_remember(config, texts):
    _FITTED.append(fit_words(config, texts))
    return _FITTED[-1]


class TestLoadsFromMemory(TokenizerConformance):
    @pytest.fixture
    def part(self):
        return dataclasses.replace(
            part_of(WordTokenizer), fit=fit_and_remember, load=load_what_was_fitted
        )


class TestChanged(TokenizerConformance):
    test_padding_is_0 = None

    @pytest.fixture
    def part(self):
        return part_of(WordTokenizer)

    def test_shapes_and_types(self):
        pass
