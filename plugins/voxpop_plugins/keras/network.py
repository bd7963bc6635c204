"""The BiLSTM as a Keras graph, made of Keras' own layers and operations only.

Import this after `backend.choose_backend`: it imports Keras.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import layers, ops

from voxpop_plugins.keras.onnx_graph import BiLSTMWeights, DenseWeights, LSTMWeights

if TYPE_CHECKING:
    from voxpop_plugins.keras.bilstm import BiLSTMConfig


def build_network(
    config: BiLSTMConfig, *, vocabulary_size: int, classes: int, lstm: Any = layers.LSTM
) -> Any:
    """Build the network: inputs `ids` (n, width) and `lengths` (n,), both int32.

    The output is (n, 1), the probability of class 1, for two classes, else (n, classes). The mask
    comes from `lengths` alone, so an id beyond a text's length changes nothing whatever it is. A
    text of length 0 pools to zeros.

    Args:
        config: the sizes, the dropouts and the pooling
        vocabulary_size: ids are 0 .. vocabulary_size - 1
        classes: k >= 2
        lstm: the LSTM class; any with the weights of `keras.layers.LSTM` gives the same network

    Returns:
        a `keras.Model`, not compiled
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    lengths = keras.Input((), dtype="int32", name="lengths")
    length = ops.expand_dims(lengths, 1)
    position = ops.cumsum(ops.ones_like(ids), axis=1)  # counted from 1
    real = ops.less_equal(position, length)

    x = layers.Embedding(vocabulary_size, config.embedding_size, name="embedding")(ids)
    x = layers.SpatialDropout1D(config.embedding_dropout, name="embedding_dropout")(x)
    for number, units in enumerate(config.lstm_units, start=1):
        directions = layers.Bidirectional(
            lstm(units, return_sequences=True), name=f"bilstm_{number}"
        )
        x = directions(x, mask=real)
    x = _pool(x, config, real=real, last=ops.equal(position, length), length=length)
    x = layers.Dropout(config.dropout, name="pooled_dropout")(x)
    x = layers.Dense(config.dense_units, activation="relu", name="dense")(x)
    x = layers.Dropout(config.dropout, name="dense_dropout")(x)
    if classes == 2:
        y = layers.Dense(1, activation="sigmoid", name="output")(x)
    else:
        y = layers.Dense(classes, activation="softmax", name="output")(x)
    return keras.Model([ids, lengths], y, name="bilstm")


def compile_network(network: Any, config: BiLSTMConfig, *, classes: int, jit: bool) -> None:
    """Set optimizer, loss and metrics. Precision and recall are of class 1, or over all of k > 2.

    For k > 2 the targets are one-hot, and a class counts as predicted above a probability of 0.5.
    """
    binary = classes == 2
    accuracy = keras.metrics.BinaryAccuracy if binary else keras.metrics.CategoricalAccuracy
    network.compile(
        optimizer=keras.optimizers.Adam(config.learning_rate),
        loss="binary_crossentropy" if binary else "categorical_crossentropy",
        metrics=[
            accuracy(name="accuracy"),
            keras.metrics.Precision(name="precision"),
            keras.metrics.Recall(name="recall"),
        ],
        jit_compile=jit,
    )


def weights_of(network: Any) -> BiLSTMWeights:
    """Give the weights as numpy arrays, in Keras' layout."""

    def lstm(layer: Any) -> LSTMWeights:
        kernel, recurrent_kernel, bias = layer.get_weights()
        return LSTMWeights(kernel=kernel, recurrent_kernel=recurrent_kernel, bias=bias)

    def dense(name: str) -> DenseWeights:
        kernel, bias = network.get_layer(name).get_weights()
        return DenseWeights(kernel=kernel, bias=bias)

    pairs = [network.get_layer(name) for name in ("bilstm_1", "bilstm_2")]
    return BiLSTMWeights(
        embedding=np.asarray(network.get_layer("embedding").get_weights()[0]),
        layers=tuple((lstm(pair.forward_layer), lstm(pair.backward_layer)) for pair in pairs),
        dense=dense("dense"),
        output=dense("output"),
    )


def _pool(x: Any, config: BiLSTMConfig, *, real: Any, last: Any, length: Any) -> Any:
    """Pool (n, width, 2u) over the real positions to (n, 2u) or (n, 4u)."""
    weight = ops.cast(ops.expand_dims(real, 2), "float32")
    pooled = []
    if config.pooling == "last":
        units = config.lstm_units[-1]
        at_last = ops.cast(ops.expand_dims(last, 2), "float32")
        pooled += [ops.sum(x[:, :, :units] * at_last, axis=1)]
        pooled += [x[:, 0, units:] * weight[:, 0]]
    if config.pooling in ("mean", "mean-max"):
        count = ops.cast(ops.maximum(length, 1), "float32")
        pooled.append(ops.sum(x * weight, axis=1) / count)
    if config.pooling in ("max", "mean-max"):
        # An LSTM's output lies in (-1, 1), so -1 never wins over a real position.
        highest = ops.max(x * weight + (weight - 1.0), axis=1)
        pooled.append(highest * ops.cast(ops.minimum(length, 1), "float32"))
    return layers.Concatenate(name="pooled")(pooled) if len(pooled) > 1 else pooled[0]
