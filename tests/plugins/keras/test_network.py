"""The Keras network, its quick LSTM and the ONNX graph are one and the same function."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from voxpop import TokenBatch
from voxpop_plugins.keras.backend import choose_backend
from voxpop_plugins.keras.bilstm import BiLSTMConfig
from voxpop_plugins.keras.onnx_graph import Pooling, build_onnx
from voxpop_plugins.keras.session import OnnxSession

pytestmark = [
    pytest.mark.train,
    # Keras hands its variables to numpy in a way that numpy 2 will give up.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

VOCABULARY = 30
LENGTHS = np.array([9, 1, 0, 4, 8, 5], np.int32)


@pytest.fixture(autouse=True)
def backend() -> None:
    choose_backend("tensorflow")


def config(pooling: Pooling = "mean-max") -> BiLSTMConfig:
    return BiLSTMConfig(
        embedding_size=6, lstm_units=(5, 3), dense_units=4, pooling=pooling, embedding_dropout=0.2
    )


def random_network(pooling: Pooling, classes: int, lstm: Any = None) -> Any:
    """Weights are large, so that a slip shows; biases are not left at zero."""
    import keras

    from voxpop_plugins.keras.network import build_network

    network = build_network(
        config(pooling),
        vocabulary_size=VOCABULARY,
        classes=classes,
        lstm=lstm or keras.layers.LSTM,
    )
    rng = np.random.default_rng(7)
    network.set_weights([rng.normal(size=one.shape) for one in network.get_weights()])
    return network


def random_ids(garbage: int = 0) -> NDArray[np.int32]:
    ids = np.random.default_rng(1).integers(0, VOCABULARY, (6, 9), dtype=np.int32)
    ids[np.arange(9) >= LENGTHS[:, np.newaxis]] = garbage
    return ids


def answer_of(network: Any, ids: NDArray[np.int32], lengths: NDArray[np.int32]) -> Any:
    return np.asarray(network([ids, lengths], training=False))


def both_columns(answer: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([1 - answer, answer], axis=1) if answer.shape[1] == 1 else answer


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("pooling", ["last", "mean", "max", "mean-max"])
def test_keras_and_onnxruntime_agree(pooling: Pooling, classes: int) -> None:
    from voxpop_plugins.keras.network import weights_of

    network = random_network(pooling, classes)
    session = OnnxSession(build_onnx(weights_of(network), pooling), source="test")
    served = session.predict_proba(TokenBatch(random_ids(), LENGTHS))
    trained = both_columns(answer_of(network, random_ids(), LENGTHS))
    assert served.shape == trained.shape == (6, classes)
    np.testing.assert_allclose(served, trained, atol=1e-5)
    assert np.ptp(served[:, 0]) > 0.05, "the rows must differ, or nothing was compared"


@pytest.mark.parametrize("pooling", ["last", "mean", "max", "mean-max"])
def test_padding_changes_nothing(pooling: Pooling) -> None:
    network = random_network(pooling, 2)
    clean = answer_of(network, random_ids(), LENGTHS)
    dirty = answer_of(network, random_ids(garbage=VOCABULARY - 1), LENGTHS)
    np.testing.assert_array_equal(dirty, clean)
    wide = np.full((6, 20), 3, np.int32)
    wide[:, :9] = random_ids()
    np.testing.assert_allclose(answer_of(network, wide, LENGTHS), clean, atol=1e-6)
    for row, length in enumerate(LENGTHS):
        alone = random_ids()[row : row + 1, : max(1, length)]
        np.testing.assert_allclose(
            answer_of(network, alone, LENGTHS[row : row + 1])[0], clean[row], atol=1e-6
        )


def test_an_id_0_within_a_text_is_a_word_like_any_other() -> None:
    network = random_network("mean-max", 2)
    ids = np.array([[4, 0, 5], [4, 7, 5]], np.int32)
    answer = answer_of(network, ids, np.array([3, 3], np.int32))
    shorter = answer_of(network, ids[:, [0, 2]], np.array([2, 2], np.int32))
    assert abs(answer[0, 0] - answer[1, 0]) > 1e-4
    assert abs(answer[0, 0] - shorter[0, 0]) > 1e-4


def test_the_quick_lstm_gives_the_answers_of_keras() -> None:
    from voxpop_plugins.keras.block_lstm import BlockLSTM

    plain, quick = random_network("mean-max", 2), random_network("mean-max", 2, BlockLSTM)
    for garbage in (0, 3):
        np.testing.assert_allclose(
            answer_of(quick, random_ids(garbage), LENGTHS),
            answer_of(plain, random_ids(), LENGTHS),
            atol=1e-6,
        )


@pytest.mark.parametrize("pooling", ["last", "mean-max"])
def test_the_quick_lstm_learns_what_keras_learns(pooling: Pooling) -> None:
    """The gradient of every weight, for texts of all lengths."""
    import tensorflow as tf

    from voxpop_plugins.keras.block_lstm import BlockLSTM

    def gradients(network: Any) -> list[NDArray[np.float32]]:
        with tf.GradientTape() as tape:
            answer = network([random_ids(), LENGTHS], training=False)
            loss = tf.reduce_mean((answer - np.linspace(0, 1, 6)[:, np.newaxis]) ** 2)
        return [
            np.asarray(tf.convert_to_tensor(one))
            for one in tape.gradient(loss, network.trainable_variables)
        ]

    plain, quick = random_network(pooling, 2), random_network(pooling, 2, BlockLSTM)
    names = [variable.path for variable in plain.trainable_variables]
    for name, expected, got in zip(names, gradients(plain), gradients(quick), strict=True):
        scale = max(float(np.max(np.abs(expected))), 1e-3)
        np.testing.assert_allclose(got, expected, atol=1e-5 * scale, err_msg=name)


def test_the_network_can_be_saved_and_loaded_by_keras_alone(tmp_path: Path) -> None:
    import keras

    network = random_network("mean-max", 3)
    network.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(
        answer_of(loaded, random_ids(), LENGTHS), answer_of(network, random_ids(), LENGTHS)
    )


def test_dropout_is_at_work_in_training_only() -> None:
    network = random_network("mean-max", 2)
    once, twice = (np.asarray(network([random_ids(), LENGTHS], training=True)) for _ in range(2))
    assert np.max(np.abs(once - twice)) > 1e-4
    np.testing.assert_array_equal(
        answer_of(network, random_ids(), LENGTHS), answer_of(network, random_ids(), LENGTHS)
    )
