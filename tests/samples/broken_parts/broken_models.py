"""Models with one fault each: word weights, spoilt."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest

from voxpop import EpochEnded, ModelPart, RunStopped, TokenBatch
from voxpop.testing import (
    WORDS,
    ModelConformance,
    WordWeights,
    WordWeightsConfig,
    fit_word_weights,
    load_word_weights,
)


def part_of(model_class, **functions):
    """Make a part of a spoilt class; what it saves is read back as the same class."""

    def spoil(model):
        return model_class(model.weights, model.bias)

    part = ModelPart(
        name="spoilt",
        summary="Has one fault",
        config=WordWeightsConfig,
        fit=lambda config, task: spoil(fit_word_weights(config, task)),
        load=lambda directory: spoil(load_word_weights(directory)),
    )
    return dataclasses.replace(part, **functions)


class TestOfAnotherKind(ModelConformance):
    @pytest.fixture
    def part(self):
        return WORDS


class OneColumn(WordWeights):
    def predict_proba(self, batch):
        return super().predict_proba(batch)[:, 1:]


class TestOneColumn(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(OneColumn)


class DoublePrecision(WordWeights):
    def predict_proba(self, batch):
        return super().predict_proba(batch).astype(np.float64)


class TestDoublePrecision(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(DoublePrecision)


class Scores(WordWeights):
    def predict_proba(self, batch):
        return 3 * super().predict_proba(batch)


class TestScores(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(Scores)


class TwoSigmoids(WordWeights):
    def predict_proba(self, batch):
        return super().predict_proba(batch) ** 2


class TestTwoSigmoids(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(TwoSigmoids)


class RefusesNoRows(WordWeights):
    def predict_proba(self, batch):
        batch.lengths.max()
        return super().predict_proba(batch)


class TestRefusesNoRows(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(RefusesNoRows)


class DividesByLength(WordWeights):
    def predict_proba(self, batch):
        answer = super().predict_proba(batch)
        with np.errstate(invalid="ignore"):
            return answer * (batch.lengths / batch.lengths).astype(np.float32)[:, None]


class TestDividesByLength(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(DividesByLength)


class SeesWidth(WordWeights):
    def predict_proba(self, batch):
        tilted = np.array([0, 0.001 * batch.ids.shape[1]])
        return WordWeights(self.weights, self.bias + tilted).predict_proba(batch)


class TestSeesWidth(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(SeesWidth)


class KnowsTrainingWordsOnly(WordWeights):
    def predict_proba(self, batch):
        seen = self.weights[: -len(self.weights) // 4]
        return WordWeights(seen, self.bias).predict_proba(batch)


class TestKnowsTrainingWordsOnly(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(KnowsTrainingWordsOnly)


class CentresOnBatch(WordWeights):
    def predict_proba(self, batch):
        answer = super().predict_proba(batch)
        tilted = answer * (0.5 / np.maximum(answer.mean(axis=0, keepdims=True), 1e-6))
        return tilted / tilted.sum(axis=1, keepdims=True)


class TestCentresOnBatch(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(CentresOnBatch)


class SortsRows(WordWeights):
    def predict_proba(self, batch):
        order = np.argsort(batch.lengths, kind="stable")
        return super().predict_proba(TokenBatch(batch.ids[order], batch.lengths[order]))


class TestSortsRows(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(SortsRows)


class ReadsPadding(WordWeights):
    def predict_proba(self, batch):
        width = batch.ids.shape[1]
        whole = TokenBatch(batch.ids, np.full_like(batch.lengths, width))
        return super().predict_proba(whole)


class TestReadsPadding(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(ReadsPadding)


class LooksUpBeforeMasking(WordWeights):
    def predict_proba(self, batch):
        assert self.weights[batch.ids].size >= 0
        return super().predict_proba(batch)


class TestLooksUpBeforeMasking(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(LooksUpBeforeMasking)


class WritesIntoInput(WordWeights):
    def predict_proba(self, batch):
        answer = super().predict_proba(batch)
        batch.ids[:] = 0
        return answer


class TestWritesIntoInput(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(WritesIntoInput)


class DropsOut(WordWeights):
    def predict_proba(self, batch):
        kept = np.random.default_rng().random(self.weights.shape) < 0.9
        return WordWeights(self.weights * kept, self.bias).predict_proba(batch)


class TestDropsOut(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(DropsOut)


class ForgetsBias(WordWeights):
    def predict_proba(self, batch):
        return WordWeights(self.weights, self.bias + np.array([0.5, 0])).predict_proba(batch)


class TestForgetsBias(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(ForgetsBias, load=load_word_weights)


class ForgotSave:
    def __init__(self, model):
        self.predict_proba = model.predict_proba


class TestForgotSave(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(
            WordWeights, fit=lambda config, task: ForgotSave(fit_word_weights(config, task))
        )


class TestLoadsAnswersOnly(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(WordWeights, load=lambda directory: ForgotSave(load_word_weights(directory)))


class Pickles(WordWeights):
    def save(self, directory):
        super().save(directory)
        np.savez(directory / "labels.npz", labels=np.array(["bad", None], dtype=object))


class TestPickles(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(Pickles)


def load_by_keras(directory: Path):
    import keras  # noqa: F401 - the fault: serving has it not

    return load_word_weights(directory)


class TestServesByKeras(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(WordWeights, load=load_by_keras)


_SCALE = 1.0


def fit_and_scale(config, task):
    global _SCALE
    _SCALE = 0.5
    return load_scaled(fit_word_weights(config, task))


def load_scaled(saved):
    model = saved if isinstance(saved, WordWeights) else load_word_weights(saved)
    return WordWeights(model.weights * _SCALE, model.bias)


def load_rescaled(directory: Path):
    model = load_word_weights(directory)
    return WordWeights(model.weights * (_SCALE / 0.5), model.bias)


class TestKeepsStateInItsModule(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(WordWeights, fit=fit_and_scale, load=load_rescaled)


class TestIgnoresTheSeed(ModelConformance):
    @pytest.fixture
    def part(self):
        seeds = itertools.count()
        return part_of(
            WordWeights,
            fit=lambda config, task: fit_word_weights(
                config, dataclasses.replace(task, seed=next(seeds))
            ),
        )


class TestTwoClassesOnly(ModelConformance):
    @pytest.fixture
    def part(self):
        def fit(config, task):
            model = fit_word_weights(config, task)
            return WordWeights(model.weights[:, :2], model.bias[:2])

        return part_of(WordWeights, fit=fit)


class TestCountsEpochsFrom0(ModelConformance):
    @pytest.fixture
    def part(self):
        def fit(config, task):
            task.listen(EpochEnded(epoch=0, epochs=1, metrics={"loss": 0.5}, duration_s=0.1))
            return fit_word_weights(config, task)

        return part_of(WordWeights, fit=fit)


class TestTellsText(ModelConformance):
    @pytest.fixture
    def part(self):
        def fit(config, task):
            task.listen("epoch 1 of 10")
            return fit_word_weights(config, task)

        return part_of(WordWeights, fit=fit)


class TestGoesOn(ModelConformance):
    @pytest.fixture
    def part(self):
        def fit(config, task):
            def listen(event):
                try:
                    task.listen(event)
                except RunStopped:
                    return

            return fit_word_weights(config, dataclasses.replace(task, listen=listen))

        return part_of(WordWeights, fit=fit)


class TestTakesMinutes(ModelConformance):
    fits_again = False
    fitted = 0

    @pytest.fixture
    def part(self):
        def fit(config, task):
            TestTakesMinutes.fitted += 1
            assert TestTakesMinutes.fitted == 1, "fitted again"
            return fit_word_weights(config, task)

        return part_of(WordWeights, fit=fit)


class TestRemoved(ModelConformance):
    @pytest.fixture
    def part(self):
        return part_of(WordWeights)


TestRemoved.test_padding_is_never_read = None
