"""The ONNX graph against the LSTM's equations in numpy, one text and one step at a time."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from voxpop import TokenBatch
from voxpop_plugins.keras.onnx_graph import (
    BiLSTMWeights,
    DenseWeights,
    LSTMWeights,
    Pooling,
    build_onnx,
)
from voxpop_plugins.keras.session import OnnxSession

POOLINGS: tuple[Pooling, ...] = ("last", "mean", "max", "mean-max")
VOCABULARY = 11


def random_weights(
    seed: int,
    *,
    classes: int,
    pooling: Pooling,
    units: tuple[int, int] = (3, 2),
    scale: float = 1.0,
) -> BiLSTMWeights:
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> NDArray[np.float32]:
        return rng.normal(scale=scale, size=shape).astype(np.float32)

    layers = []
    features = 4
    for size in units:
        one, other = (
            LSTMWeights(
                kernel=draw(features, 4 * size),
                recurrent_kernel=draw(size, 4 * size),
                bias=draw(4 * size),
            )
            for _ in range(2)
        )
        layers.append((one, other))
        features = 2 * size
    pooled = features * (2 if pooling == "mean-max" else 1)
    columns = 1 if classes == 2 else classes
    return BiLSTMWeights(
        embedding=draw(VOCABULARY, 4),
        layers=tuple(layers),
        dense=DenseWeights(kernel=draw(pooled, 5), bias=draw(5)),
        output=DenseWeights(kernel=draw(5, columns), bias=draw(columns)),
    )


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-x)))


def run_lstm(weights: LSTMWeights, steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hochreiter and Schmidhuber's LSTM with forget gates, in Keras' layout: i, f, c, o."""
    units = len(weights.recurrent_kernel)
    h, c = np.zeros(units), np.zeros(units)
    outputs = np.zeros((len(steps), units))
    for at, x in enumerate(steps):
        z = x @ weights.kernel + h @ weights.recurrent_kernel + weights.bias
        i, f, g, o = np.split(z, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        outputs[at] = h
    return outputs


def expected_row(weights: BiLSTMWeights, pooling: Pooling, ids: list[int]) -> NDArray[np.float64]:
    """Give the probabilities of one text, by the book and in float64."""
    x = weights.embedding.astype(np.float64)[ids]
    for forward, backward in weights.layers:
        x = np.concatenate([run_lstm(forward, x), run_lstm(backward, x[::-1])[::-1]], axis=1)
    width = x.shape[1]
    nothing = np.zeros(width)
    mean, highest = (x.mean(axis=0), x.max(axis=0)) if ids else (nothing, nothing)
    last = np.concatenate([x[-1, : width // 2], x[0, width // 2 :]]) if ids else nothing
    pooled = {
        "last": last,
        "mean": mean,
        "max": highest,
        "mean-max": np.concatenate([mean, highest]),
    }[pooling]
    dense = np.maximum(pooled @ weights.dense.kernel + weights.dense.bias, 0)
    logits = dense @ weights.output.kernel + weights.output.bias
    if len(logits) == 1:
        positive = sigmoid(logits)[0]
        return np.array([1 - positive, positive])
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum())


def as_batch(texts: list[list[int]], *, width: int, garbage: int = 0) -> TokenBatch:
    ids = np.full((len(texts), width), garbage, np.int32)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
    return TokenBatch(ids, np.array([len(text) for text in texts], np.int32))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    pooling=st.sampled_from(POOLINGS),
    classes=st.sampled_from([2, 3, 5]),
    texts=st.lists(st.lists(st.integers(0, VOCABULARY - 1), max_size=9), min_size=1, max_size=6),
    extra_width=st.integers(0, 4),
    garbage=st.sampled_from([0, 3, -1, 2**31 - 1]),
)
def test_the_graph_computes_the_equations(
    seed: int,
    pooling: Pooling,
    classes: int,
    texts: list[list[int]],
    extra_width: int,
    garbage: int,
) -> None:
    weights = random_weights(seed, classes=classes, pooling=pooling)
    session = OnnxSession(build_onnx(weights, pooling), source="test")
    width = max(len(text) for text in texts) + extra_width
    answer = session.predict_proba(as_batch(texts, width=width, garbage=garbage))
    expected = np.array([expected_row(weights, pooling, text) for text in texts])
    assert answer.dtype == np.float32
    assert answer.shape == (len(texts), classes)
    np.testing.assert_allclose(answer, expected, atol=1e-5)
    np.testing.assert_allclose(answer.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_order_of_words_counts_in_both_directions(pooling: Pooling) -> None:
    """A graph that forgot a direction, or that swapped the two, would still look like an LSTM."""
    weights = random_weights(1, classes=2, pooling=pooling)
    session = OnnxSession(build_onnx(weights, pooling), source="test")
    answers = [
        session.predict_proba(as_batch([list(words)], width=3))[0, 1]
        for words in itertools.permutations([1, 2, 3])
    ]
    assert len({round(float(answer), 6) for answer in answers}) == 6


@pytest.mark.parametrize("classes", [2, 4])
def test_an_extreme_network_still_gives_probabilities(classes: int) -> None:
    weights = random_weights(2, classes=classes, pooling="mean-max", scale=60.0)
    session = OnnxSession(build_onnx(weights, "mean-max"), source="test")
    answer = session.predict_proba(as_batch([[1, 2], [3], []], width=2))
    assert np.isfinite(answer).all()
    assert (answer >= 0).all()
    np.testing.assert_allclose(answer.sum(axis=1), 1, atol=1e-6)


def test_the_same_weights_give_the_same_bytes() -> None:
    weights = random_weights(3, classes=2, pooling="max")
    assert build_onnx(weights, "max") == build_onnx(weights, "max")


def test_the_graph_has_lstm_operators_and_no_loops() -> None:
    import onnx

    weights = random_weights(4, classes=2, pooling="mean-max")
    model = onnx.load_from_string(build_onnx(weights, "mean-max"))
    operators = [node.op_type for node in model.graph.node]
    assert operators.count("LSTM") == 2
    assert not {"Loop", "Scan", "If"} & set(operators)
    assert [one.name for one in model.graph.input] == ["ids", "lengths"]
