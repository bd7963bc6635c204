"""The `bilstm` model: trained with Keras, served by onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, FiniteFloat

from voxpop import BundleError, DataError, PartConfig, Task, TokenBatch
from voxpop_plugins.keras.backend import Backend, choose_backend
from voxpop_plugins.keras.session import OnnxSession

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ONNX_NAME = "model.onnx"
KERAS_NAME = "model.keras"

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, lt=1)]


class BiLSTMConfig(PartConfig):
    """Embedding, two bidirectional LSTM layers, pooling, one dense layer, the answer.

    The defaults were chosen on validation data: 128 tokens of IMDb reviews.
    """

    backend: Backend = Field(
        default="tensorflow",
        description="What Keras trains on; the first training in a process decides it.",
    )
    embedding_size: int = Field(default=64, ge=1, description="Numbers that stand for a word.")
    lstm_units: tuple[Count, Count] = Field(
        default=(48, 24), description="Units of one direction, in the first and the second layer."
    )
    pooling: Literal["last", "mean", "max", "mean-max"] = Field(
        default="mean-max",
        description="What is kept of a text's words: the last state of each direction, their mean, "
        "their maximum, or mean and maximum side by side.",
    )
    dense_units: int = Field(default=32, ge=1, description="Units of the layer after the pooling.")
    embedding_dropout: Share = Field(
        default=0.5,
        description="Share of the embedding's numbers dropped, each for a whole text.",
    )
    word_dropout: Share = Field(
        default=0.1, description="Share of the words replaced by a vector of their own."
    )
    dropout: Share = Field(
        default=0.2, description="Share of the numbers dropped before and after the dense layer."
    )
    learning_rate: FiniteFloat = Field(default=0.002, gt=0, description="Of the optimizer Adam.")
    batch_size: int = Field(default=64, ge=1, description="Reviews in a step of training.")
    epochs: int = Field(default=8, ge=1, description="At most so many passes over the reviews.")
    patience: int = Field(
        default=2, ge=1, description="Epochs without a better validation loss, then it ends."
    )


class BiLSTM:
    """A fitted BiLSTM: an ONNX file that answers, and the Keras file for further training.

    Answers always come from onnxruntime, so what is measured after a fit is what is served.
    """

    def __init__(self, onnx_file: bytes, keras_file: bytes, *, source: str, threads: int) -> None:
        self._files = {ONNX_NAME: onnx_file, KERAS_NAME: keras_file}
        self._session = OnnxSession(onnx_file, source=source, threads=threads)

    def predict_proba(self, batch: TokenBatch) -> NDArray[np.float32]:
        """Give probabilities, float32 of shape (n, k); each row sums to 1."""
        return self._session.predict_proba(batch)

    def save(self, directory: Path) -> None:
        """Write `model.onnx` and `model.keras` into an existing directory."""
        for name, content in self._files.items():
            (directory / name).write_bytes(content)


def fit(config: BiLSTMConfig, task: Task) -> BiLSTM:
    """Train on the task's reviews; the same config, task and machine give the same model.

    Raises:
        DataError: a split is empty.
        MissingExtraError: Keras or the backend is not installed.
        PluginError: this process already runs Keras on another backend.
        TrainingError: the loss is not finite any more.
    """
    for name, split in (("training", task.train), ("validation", task.validation)):
        if not len(split):
            raise DataError(
                f"The {name} split is empty; the BiLSTM needs at least one review in it."
            )
    choose_backend(config.backend)
    from voxpop_plugins.keras.training import train_bilstm

    onnx_file, keras_file = train_bilstm(config, task)
    return BiLSTM(onnx_file, keras_file, source="the fitted network", threads=1)


def load(directory: Path, *, threads: int = 1) -> BiLSTM:
    """Load what `BiLSTM.save` wrote; imports onnxruntime, and neither Keras nor its backends.

    Args:
        directory: holds `model.onnx` and `model.keras`
        threads: how many cores one call of `predict_proba` may use

    Raises:
        BundleError: a file is missing, or is not what its name says.
    """
    try:
        onnx_file, keras_file = (
            (directory / name).read_bytes() for name in (ONNX_NAME, KERAS_NAME)
        )
    except OSError as error:
        raise BundleError(
            f"{error.filename} cannot be read: {error.strerror}. Fetch the bundle again."
        ) from error
    return BiLSTM(onnx_file, keras_file, source=str(directory / ONNX_NAME), threads=threads)
