"""Multinomial naive Bayes with additive smoothing (Manning et al. 2008, chapter 13)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from voxpop import PartConfig, Progress, Task, TokenBatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK = 1_000


class NaiveBayesConfig(PartConfig):
    """Options of the model `naive-bayes`."""

    smoothing: float = Field(default=1.0, gt=0, description="added to every count")


class NaiveBayes:
    """Log-probabilities of classes, of shape (k,), and of tokens in each, (vocabulary_size, k)."""

    def __init__(self, priors: NDArray[np.float64], tokens: NDArray[np.float64]) -> None:
        self._priors = priors
        self._tokens = tokens

    def predict_proba(self, batch: TokenBatch) -> NDArray[np.float32]:
        """Give probabilities, float32 of shape (n, k)."""
        scores = np.empty((len(batch), len(self._priors)))
        for row, length in enumerate(batch.lengths):
            scores[row] = self._priors + self._tokens[batch.ids[row, :length]].sum(axis=0)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)

    def save(self, directory: Path) -> None:
        """Write `counts.npz`."""
        np.savez(directory / "counts.npz", priors=self._priors, tokens=self._tokens)


def fit_naive_bayes(config: NaiveBayesConfig, task: Task) -> NaiveBayes:
    """Count the tokens of each class; the seed has nothing to decide."""
    counts = np.full((task.vocabulary_size, len(task.labels)), config.smoothing)
    rows_of = np.bincount(task.train.labels, minlength=len(task.labels)) + config.smoothing
    for start in range(0, len(task.train), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(task.train)))
        batch = task.train.batch(rows)
        inside = np.arange(batch.ids.shape[1]) < batch.lengths[:, None]
        labels = np.repeat(task.train.labels[rows], batch.lengths)
        np.add.at(counts, (batch.ids[inside], labels), 1)
        task.listen(Progress(stage="counting", done=int(rows[-1]) + 1, total=len(task.train)))
    return NaiveBayes(np.log(rows_of / rows_of.sum()), np.log(counts / counts.sum(axis=0)))


def load_naive_bayes(directory: Path) -> NaiveBayes:
    """Read what `NaiveBayes.save` wrote."""
    with np.load(directory / "counts.npz", allow_pickle=False) as stored:
        return NaiveBayes(stored["priors"], stored["tokens"])
