"""A tiny model: logistic regression on a text's mean word, fitted in milliseconds by numpy.

Softmax regression with AdaGrad (Duchi et al. 2011, JMLR 12) on batches in a seeded order, so that
it has epochs, a learning curve and a seed like a large model.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from voxpop.events import EpochEnded
from voxpop.interfaces import Task, TokenBatch
from voxpop.parts import ModelPart, PartConfig

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.tokens import TokenDataset


class WordWeightsConfig(PartConfig):
    """Options of the word-weights model."""

    epochs: Annotated[int, Field(ge=1, description="Passes over the reviews.")] = 20
    learning_rate: Annotated[float, Field(gt=0, description="Of AdaGrad.")] = 1.0
    batch_size: Annotated[int, Field(ge=1, description="Reviews in a step.")] = 16


class WordWeights:
    """A weight a word and class; a text's scores are the mean of its words' weights, and a bias.

    Attributes:
        weights: float64 of shape (vocabulary_size, k)
        bias: float64 of shape (k,)
    """

    def __init__(self, weights: NDArray[np.float64], bias: NDArray[np.float64]) -> None:
        self.weights = weights
        self.bias = bias

    def predict_proba(self, batch: TokenBatch) -> NDArray[np.float32]:
        """Give probabilities, float32 of shape (n, k)."""
        scores = np.empty((len(batch), len(self.bias)))
        for row, length in enumerate(batch.lengths):
            # One row at a time: the order of summing, and so the last bit, never depends on company
            words = self.weights[batch.ids[row, :length]]
            scores[row] = self.bias + words.sum(axis=0) / max(int(length), 1)
        return _softmax(scores).astype(np.float32)

    def save(self, directory: Path) -> None:
        """Write `weights.npz`."""
        np.savez(directory / "weights.npz", weights=self.weights, bias=self.bias)


def fit_word_weights(config: WordWeightsConfig, task: Task) -> WordWeights:
    """Fit by the training split, and tell the losses and accuracies of both splits each epoch."""
    classes = len(task.labels)
    model = WordWeights(np.zeros((task.vocabulary_size, classes)), np.zeros(classes))
    rng = np.random.default_rng(task.seed)
    weight_squares = np.full_like(model.weights, 1e-8)
    bias_squares = np.full_like(model.bias, 1e-8)
    for epoch in range(1, config.epochs + 1):
        started = time.monotonic()
        for rows, batch in task.train.shuffled(config.batch_size, rng):
            error = model.predict_proba(batch).astype(np.float64)
            error[np.arange(len(rows)), task.train.labels[rows]] -= 1
            weight_slope = np.zeros_like(model.weights)
            for row, length in enumerate(batch.lengths):
                share = error[row] / max(int(length), 1)
                np.add.at(weight_slope, batch.ids[row, :length], share)
            bias_slope = error.sum(axis=0)
            weight_squares += weight_slope**2
            bias_squares += bias_slope**2
            model.weights -= config.learning_rate * weight_slope / np.sqrt(weight_squares)
            model.bias -= config.learning_rate * bias_slope / np.sqrt(bias_squares)
        loss, accuracy = _measure(model, task.train)
        val_loss, val_accuracy = _measure(model, task.validation)
        task.listen(
            EpochEnded(
                epoch=epoch,
                epochs=config.epochs,
                metrics={
                    "loss": loss,
                    "accuracy": accuracy,
                    "val_loss": val_loss,
                    "val_accuracy": val_accuracy,
                },
                duration_s=time.monotonic() - started,
            )
        )
    return model


def load_word_weights(directory: Path) -> WordWeights:
    """Read what `WordWeights.save` wrote."""
    with np.load(directory / "weights.npz", allow_pickle=False) as stored:
        return WordWeights(stored["weights"], stored["bias"])


def _measure(model: WordWeights, dataset: TokenDataset) -> tuple[float, float]:
    """Give the mean cross-entropy (nats) and the accuracy on a split."""
    losses = 0.0
    right = 0
    for rows, batch in dataset.by_length(1_000):
        probabilities = model.predict_proba(batch)
        labels = dataset.labels[rows]
        own = probabilities[np.arange(len(rows)), labels]
        losses -= float(np.log(np.maximum(own, 1e-7)).sum())
        right += int((probabilities.argmax(axis=1) == labels).sum())
    return losses / max(len(dataset), 1), right / max(len(dataset), 1)


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float64] = shifted / shifted.sum(axis=1, keepdims=True)
    return probabilities


WORD_WEIGHTS = ModelPart(
    name="word-weights",
    summary="Logistic regression on a text's mean word; for tests",
    config=WordWeightsConfig,
    fit=fit_word_weights,
    load=load_word_weights,
)
