"""Fits the linear model by stochastic gradient descent, in as much memory as one batch needs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from voxpop import EpochEnded, MissingExtraError, Progress, Task, TokenBatch, TokenDataset
from voxpop_plugins.linear.features import Ngrams
from voxpop_plugins.linear.model import Linear, probabilities, weighted

try:
    from scipy.sparse import coo_matrix
    from sklearn.linear_model import SGDClassifier
except ImportError as error:
    raise MissingExtraError(
        f"The linear model is fitted by scikit-learn, which cannot be imported ({error}). "
        'Install it with: pip install "voxpop[train]"'
    ) from error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop_plugins.linear.config import LinearConfig

_LEAST = 1e-15  # a probability of 0 would make a loss without end


def fit_linear(config: LinearConfig, task: Task) -> Linear:
    """Fit; the weights are those of the pass with the best validation loss.

    They are averages over all steps (Xu, Towards optimal one pass large scale learning with
    averaged stochastic gradient descent, 2011).
    """
    ngrams = Ngrams(task.vocabulary_size, config.ngrams, config.buckets)
    rarity = _rarity(ngrams, config, task)
    classes = np.arange(len(task.labels))
    regression: Any = SGDClassifier(
        loss="log_loss",
        alpha=config.regularization / len(task.train),
        average=True,
        shuffle=False,  # the batches come shuffled
        random_state=task.seed,
    )
    rng = np.random.default_rng(task.seed)
    best: tuple[float, Linear] | None = None
    waited = 0
    for epoch in range(1, config.epochs + 1):
        start, done, so_far = time.monotonic(), 0, _Measured()
        for rows, batch in task.train.shuffled(config.batch_size, rng):
            # A batch holds reviews of like length; its own order mixes them further.
            order = rng.permutation(len(rows))
            features, labels = _matrix(ngrams, rarity, batch)[order], task.train.labels[rows[order]]
            regression.partial_fit(features, labels, classes=classes)
            scores = regression.decision_function(features).reshape(len(rows), -1)
            so_far.add(probabilities(scores), labels)
            done += len(rows)
            task.listen(Progress(stage=f"epoch {epoch}", done=done, total=len(task.train)))
        model = Linear(
            ngrams,
            rarity,
            regression.coef_.astype(np.float32),
            regression.intercept_.astype(np.float64),
        )
        unseen = _Measured()
        for rows, batch in task.validation.by_length(config.batch_size):
            unseen.add(model.predict_proba(batch), task.validation.labels[rows])
        task.listen(
            EpochEnded(
                epoch=epoch,
                epochs=config.epochs,
                metrics={
                    "loss": so_far.loss,
                    "accuracy": so_far.accuracy,
                    "val_loss": unseen.loss,
                    "val_accuracy": unseen.accuracy,
                },
                duration_s=time.monotonic() - start,
            )
        )
        waited += 1
        if best is None or unseen.loss < best[0]:
            best, waited = (unseen.loss, model), 0
        if waited == config.patience:
            break
    assert best is not None  # noqa: S101 - there is at least one epoch
    return best[1]


@dataclass
class _Measured:
    """Log loss and accuracy over some batches."""

    lost: float = 0.0
    right: int = 0
    count: int = 0

    def add(self, answers: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
        chosen = answers[np.arange(len(labels)), labels].astype(np.float64)
        self.lost -= float(np.log(np.maximum(chosen, _LEAST)).sum())
        self.right += int((answers.argmax(axis=1) == labels).sum())
        self.count += len(labels)

    @property
    def loss(self) -> float:
        return self.lost / self.count

    @property
    def accuracy(self) -> float:
        return self.right / self.count


def _rarity(ngrams: Ngrams, config: LinearConfig, task: Task) -> NDArray[np.float32]:
    """Count the reviews that have each feature; those of too few reviews get 0."""
    having = np.zeros(ngrams.width, dtype=np.int64)
    for batch in _in_order(task.train, config.batch_size):
        found = ngrams.of(batch)
        once = np.unique(found.rows * ngrams.width + found.columns) % ngrams.width
        having += np.bincount(once, minlength=ngrams.width)
    rarity = np.log((1 + len(task.train)) / (1 + having)) + 1
    rarity[having < config.fewest] = 0
    return rarity.astype(np.float32)


def _in_order(data: TokenDataset, batch_size: int) -> Iterator[TokenBatch]:
    for start in range(0, len(data), batch_size):
        yield data.batch(np.arange(start, min(start + batch_size, len(data))))


def _matrix(ngrams: Ngrams, rarity: NDArray[np.float32], batch: TokenBatch) -> Any:
    """Give the weighted features of a batch as scipy's sparse matrix."""
    features, values = weighted(ngrams, rarity, batch)
    shape = (len(batch.lengths), ngrams.width)
    return coo_matrix((values, (features.rows, features.columns)), shape=shape).tocsr()
