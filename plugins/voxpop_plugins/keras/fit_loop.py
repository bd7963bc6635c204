"""The fit that all Keras models share: length-bucketed batches, events, early stopping.

Import this after `backend.choose_backend`: it imports Keras.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from voxpop import EpochEnded, Progress, Task, TokenBatch, TokenDataset, TrainingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Inputs = tuple["NDArray[np.int32]", "NDArray[np.int32]"]
Batch = tuple[Inputs, "NDArray[np.float32]"]

# Validation keeps no gradients, so larger batches fit.
_VALIDATION_BATCH = 256


@dataclass(frozen=True, kw_only=True)
class FitOptions:
    """How long to fit, and on what batches."""

    batch_size: int
    epochs: int
    patience: int  # epochs without a better validation loss before the fit ends
    word_dropout: float  # share of the words that are replaced by id 0 in training
    width_step: int  # batches are padded to a multiple of this width; 1 pads least


def fit_network(network: Any, task: Task, options: FitOptions) -> None:
    """Fit a compiled network in place; it ends with the weights of the best validation loss.

    The batches come straight from the memory-mapped tokens, so memory stays bounded. The network
    takes `ids` and `lengths`.

    Raises:
        TrainingError: the loss is not finite any more.
        RunStopped: a listener asked for the end.
    """
    rng = np.random.default_rng(task.seed)
    classes = len(task.labels)
    steps = math.ceil(len(task.train) / options.batch_size)
    validation_batch = max(options.batch_size, _VALIDATION_BATCH)
    network.fit(
        _dataset(_training_batches(task.train, options, rng, classes=classes), classes),
        steps_per_epoch=steps,
        epochs=options.epochs,
        validation_data=_dataset(
            _validation_batches(task.validation, validation_batch, options, classes=classes),
            classes,
        ),
        validation_steps=math.ceil(len(task.validation) / validation_batch),
        callbacks=[
            _Events(task, steps=steps),
            keras.callbacks.EarlyStopping(
                "val_loss", mode="min", patience=options.patience, restore_best_weights=True
            ),
        ],
        shuffle=False,  # the batches come shuffled
        verbose=0,
    )


class _Events(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Tells the run's listener how it goes, and ends a fit that is lost."""

    def __init__(self, task: Task, *, steps: int) -> None:
        super().__init__()
        self.task = task
        self.steps = steps
        self.started_s = 0.0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self.started_s = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        _check_finite("loss", (logs or {})["loss"], f"batch {batch + 1}")
        self.task.listen(
            Progress(stage="training", done=batch + 1, total=self.steps, unit="batches")
        )

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        metrics = {name: float(value) for name, value in (logs or {}).items()}
        _check_finite("val_loss", metrics["val_loss"], f"epoch {epoch + 1}")
        self.task.listen(
            EpochEnded(
                epoch=epoch + 1,
                epochs=self.params["epochs"],
                metrics=metrics,
                duration_s=time.perf_counter() - self.started_s,
            )
        )


def _check_finite(name: str, value: Any, where: str) -> None:
    if not math.isfinite(float(value)):
        raise TrainingError(
            f"The {name} became {float(value)} at {where}: the fit has diverged. "
            "Try a smaller model.learning_rate."
        )


def _training_batches(
    data: TokenDataset, options: FitOptions, rng: np.random.Generator, *, classes: int
) -> Iterator[Batch]:
    """Give epoch after epoch without end; the company of each row changes every epoch."""
    while True:
        for rows, batch in data.shuffled(options.batch_size, rng):
            ids = _padded(batch, options.width_step)
            if options.word_dropout:
                ids[rng.random(ids.shape, dtype=np.float32) < options.word_dropout] = 0
            yield (ids, batch.lengths), _targets(data.labels[rows], classes)


def _validation_batches(
    data: TokenDataset, batch_size: int, options: FitOptions, *, classes: int
) -> Iterator[Batch]:
    while True:
        for rows, batch in data.by_length(batch_size):
            ids = _padded(batch, options.width_step)
            yield (ids, batch.lengths), _targets(data.labels[rows], classes)


def _padded(batch: TokenBatch, width_step: int) -> NDArray[np.int32]:
    """Widen the ids to a multiple of `width_step`, and to no less than one column."""
    n, width = batch.ids.shape
    wanted = max(1, math.ceil(width / width_step)) * width_step
    if wanted == width:
        return batch.ids
    ids = np.zeros((n, wanted), np.int32)
    ids[:, :width] = batch.ids
    return ids


def _targets(labels: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    """Give (n, 1) zeros and ones for two classes, else one-hot rows (n, classes)."""
    if classes == 2:
        return labels[:, np.newaxis].astype(np.float32)
    return np.eye(classes, dtype=np.float32)[labels]


def _dataset(batches: Iterator[Batch], classes: int) -> Any:
    """Give what `fit` takes: TensorFlow must be told that widths vary, or it traces each anew."""
    if keras.config.backend() != "tensorflow":
        return batches
    import tensorflow as tf

    columns = 1 if classes == 2 else classes
    ids, lengths = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int32)
    targets = tf.TensorSpec((None, columns), tf.float32)
    dataset = tf.data.Dataset.from_generator(
        lambda: batches, output_signature=((ids, lengths), targets)
    )
    return dataset.prefetch(2)
