"""From a config and a task to the two files of a fitted BiLSTM.

Import this after `backend.choose_backend`: it imports Keras.
"""

from __future__ import annotations

import contextlib
import random
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from voxpop import MissingExtraError, Task
from voxpop_plugins.keras.fit_loop import FitOptions, fit_network
from voxpop_plugins.keras.network import build_network, compile_network, weights_of
from voxpop_plugins.keras.onnx_graph import build_onnx

if TYPE_CHECKING:
    from voxpop_plugins.keras.bilstm import BiLSTMConfig


def train_bilstm(config: BiLSTMConfig, task: Task) -> tuple[bytes, bytes]:
    """Fit a network, and give it as an ONNX file and as a Keras file.

    The Keras file is made of Keras' own layers, whatever ran in training, so that Keras alone can
    load it. It is not compiled: the state of the optimizer belongs to the last epoch, the weights
    to the best one.
    """
    try:
        import onnx  # noqa: F401 - found missing before the training, not after it
    except ImportError as error:
        raise MissingExtraError(
            f"Saving a BiLSTM needs onnx, which cannot be imported ({error}). "
            'Install it with: pip install "voxpop[train]"'
        ) from error
    with _seeded(task.seed):
        trained = _fitted_network(config, task)
        plain = build_network(
            config, vocabulary_size=task.vocabulary_size, classes=len(task.labels)
        )
        plain.set_weights(trained.get_weights())
        return build_onnx(weights_of(plain), config.pooling), _keras_file(plain, task.scratch)


def _fitted_network(config: BiLSTMConfig, task: Task) -> Any:
    classes = len(task.labels)
    jax = config.backend == "jax"
    network = build_network(
        config, vocabulary_size=task.vocabulary_size, classes=classes, lstm=quickest_lstm()
    )
    compile_network(network, config, classes=classes, jit=jax)
    options = FitOptions(
        batch_size=config.batch_size,
        epochs=config.epochs,
        patience=config.patience,
        word_dropout=config.word_dropout,
        width_step=32 if jax else 1,  # JAX compiles every shape anew
    )
    fit_network(network, task, options)
    return network


def _keras_file(network: Any, scratch: Path) -> bytes:
    file = scratch / "model.keras"
    with warnings.catch_warnings():
        # Keras hands its variables to numpy in a way that numpy 2 will give up.
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        network.save(file)
    return file.read_bytes()


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Fix the seeds that Keras gives to initializers and dropouts: it draws them from `random`.

    `keras.utils.set_random_seed` would leave the process with other random numbers than it had.
    """
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


def quickest_lstm() -> Any:
    """Give the class of LSTM that trains quickest here; all have the same weights."""
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        if not tf.config.list_physical_devices("GPU"):
            from voxpop_plugins.keras.block_lstm import BlockLSTM

            return BlockLSTM
    return keras.layers.LSTM
