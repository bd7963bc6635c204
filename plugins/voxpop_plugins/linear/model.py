"""The `linear` model: fitted by scikit-learn, served by numpy alone."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voxpop import BundleError, DataError, Task, TokenBatch
from voxpop_plugins.linear.features import Features, Ngrams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop_plugins.linear.config import LinearConfig

NAME = "linear.npz"


class Linear:
    """A fitted linear model.

    Each occurrence of a word or run is weighted by how rare it is, and a review's weights are
    scaled to length 1, as if no two were of the same word; each class has a weight for each
    feature. With two classes there is one row of weights, that of the second. Safe to call from
    many threads at once.
    """

    def __init__(
        self,
        ngrams: Ngrams,
        rarity: NDArray[np.float32],
        weights: NDArray[np.float32],
        intercepts: NDArray[np.float64],
    ) -> None:
        """Put a model together.

        Args:
            ngrams: which features there are.
            rarity: float32 of shape (features,), the inverse document frequency; 0: not counted.
            weights: float32 of shape (1 or k, features).
            intercepts: float64 of shape (1 or k,).
        """
        self._ngrams = ngrams
        self._rarity = rarity
        self._weights = weights
        self._intercepts = intercepts

    def predict_proba(self, batch: TokenBatch) -> NDArray[np.float32]:
        """Give probabilities, float32 of shape (n, k); each row sums to 1."""
        n = len(batch.lengths)
        features, values = weighted(self._ngrams, self._rarity, batch)
        scores = [
            np.bincount(features.rows, values * row[features.columns], minlength=n)
            for row in self._weights
        ]
        return probabilities(np.stack(scores, axis=1) + self._intercepts)

    def save(self, directory: Path) -> None:
        """Write `linear.npz` into an existing directory."""
        content = io.BytesIO()
        np.savez_compressed(
            content,
            ngrams=np.array(dataclasses.astuple(self._ngrams)),
            rarity=self._rarity,
            weights=self._weights,
            intercepts=self._intercepts,
        )
        (directory / NAME).write_bytes(content.getvalue())


def fit(config: LinearConfig, task: Task) -> Linear:
    """Fit on the task's reviews; the same config and task give the same model.

    Raises:
        DataError: a split is empty.
        MissingExtraError: scikit-learn is not installed.
    """
    for name, split in (("training", task.train), ("validation", task.validation)):
        if not len(split):
            raise DataError(
                f"The {name} split is empty; the linear model needs at least one review in it."
            )
    from voxpop_plugins.linear.fitting import fit_linear

    return fit_linear(config, task)


def load(directory: Path) -> Linear:
    """Load what `Linear.save` wrote, by numpy alone.

    Raises:
        BundleError: the file is missing, or is no linear model.
    """
    file = directory / NAME
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as told:
            shape = [int(number) for number in told["ngrams"]]
            rarity, weights, intercepts = (
                told[name] for name in ("rarity", "weights", "intercepts")
            )
        ngrams = Ngrams(*shape)
        whole = (
            rarity.shape == (ngrams.width,)
            and weights.ndim == 2
            and weights.shape[1] == ngrams.width
            and intercepts.shape == (len(weights),)
        )
    except (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise BundleError(f"{file} is no linear model: {error}. Fetch the bundle again.") from error
    if not whole:
        raise BundleError(f"{file} is no linear model: its shapes differ. Fetch the bundle again.")
    return Linear(ngrams, rarity, weights, intercepts)


def weighted(
    ngrams: Ngrams, rarity: NDArray[np.float32], batch: TokenBatch
) -> tuple[Features, NDArray[np.float64]]:
    """Find the features of each review, and the weight of each in it."""
    features = ngrams.of(batch)
    values = rarity[features.columns].astype(np.float64)
    squares = np.bincount(features.rows, values * values, minlength=len(batch.lengths))
    return features, values / np.sqrt(np.where(squares > 0, squares, 1))[features.rows]


def probabilities(scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """Give each class's own probability, against all others, and have a row sum to 1."""
    each = 1 / (1 + np.exp(-np.clip(scores, -500, 500)))
    if each.shape[1] == 1:
        return np.hstack([1 - each, each]).astype(np.float32)
    return (each / each.sum(axis=1, keepdims=True)).astype(np.float32)
