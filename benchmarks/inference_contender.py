"""One engine at every batch size, in a process of its own; `benchmarks.inference` starts it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.child import answer_parent
from benchmarks.encoded import VOCABULARY, synthetic_tokens
from benchmarks.measure import measure
from voxpop import TokenBatch
from voxpop_plugins.keras.backend import choose_backend
from voxpop_plugins.keras.bilstm import BiLSTMConfig

Engine = Callable[[TokenBatch], "NDArray[np.float32]"]

CONFIG = BiLSTMConfig()
_GEMM_SIZE = 2_048
_MOST_BATCHES = 64  # Keras needs 50 ms a call whatever the batch


def ask(*, engine: str, batch_sizes: list[int], most_rows: int) -> dict[str, Any]:
    """Give the cost a review at each batch size, after a pass that is not counted."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    # Eigen's pool for TensorFlow; a second thread would only wait on the same core.
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", OMP_NUM_THREADS="1")
    data = synthetic_tokens(most_rows, seed=3)
    answer = {"predict": _predict, "saved_model": _saved_model, "ours": _ours}[engine](_network())
    costs, answers = {}, np.zeros(0, np.float32)
    for size in batch_sizes:
        rows = min(most_rows, _MOST_BATCHES * size)
        batches = [
            data.batch(np.arange(start, min(start + size, rows))) for start in range(0, rows, size)
        ]
        given = np.concatenate([answer(batch) for batch in batches])
        answers = max(answers, given, key=len)
        cost = measure(partial(_answer_all, answer, batches))
        costs[str(size)] = {"cpu_s": cost.cpu_s / rows, "wall_s": cost.wall_s / rows}
    return {
        "costs": costs,
        "answers": [float(one) for one in answers],
        "flops_per_review": _flops_per_token() * float(data.lengths.mean()),
        "gemm_flops_per_s": _gemm_flops_per_s(),
    }


def _answer_all(answer: Engine, batches: list[TokenBatch]) -> None:
    for batch in batches:
        answer(batch)


def _network() -> Any:
    choose_backend("tensorflow")
    from voxpop_plugins.keras.network import build_network

    network = build_network(CONFIG, vocabulary_size=VOCABULARY, classes=2)
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(0, 0.2, one.shape) for one in network.get_weights()])
    return network


def _predict(network: Any) -> Engine:
    def answer(batch: TokenBatch) -> NDArray[np.float32]:
        # Keras would cut a larger batch into pieces of 32
        probabilities: NDArray[np.float32] = network.predict(
            [batch.ids, batch.lengths], batch_size=len(batch), verbose=0
        )
        return probabilities[:, 0]

    return answer


def _saved_model(network: Any) -> Engine:
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as directory:
        network.export(directory, verbose=False)
        loaded = tf.saved_model.load(directory)  # its variables live as long as it does

    def answer(batch: TokenBatch) -> NDArray[np.float32]:
        probabilities = loaded.serve([tf.constant(batch.ids), tf.constant(batch.lengths)])
        return np.asarray(probabilities)[:, 0]

    return answer


def _ours(network: Any) -> Engine:
    from voxpop_plugins.keras.network import weights_of
    from voxpop_plugins.keras.onnx_graph import build_onnx
    from voxpop_plugins.keras.session import OnnxSession

    session = OnnxSession(build_onnx(weights_of(network), CONFIG.pooling), source="benchmark")
    return lambda batch: session.predict_proba(batch)[:, 1]


def _flops_per_token() -> int:
    """Count the matrix products of both LSTM layers, two directions each; the rest is little."""
    features, flops = CONFIG.embedding_size, 0
    for units in CONFIG.lstm_units:
        flops += 2 * 2 * 4 * units * (features + units)
        features = 2 * units
    return flops


def _gemm_flops_per_s() -> float:
    """Measure float32 matrix products in onnxruntime on one thread; the best of some runs."""
    import onnxruntime
    from onnx import TensorProto, helper

    shape = [_GEMM_SIZE, _GEMM_SIZE]
    a, b, c = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "abc")
    graph = helper.make_graph([helper.make_node("MatMul", ["a", "b"], ["c"])], "gemm", [a, b], [c])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    inputs = {name: np.ones(shape, np.float32) for name in "ab"}
    return max(_speeds(lambda: session.run(None, inputs)))


def _speeds(run: Callable[[], object], times: int = 10) -> Sequence[float]:
    speeds = []
    for _ in range(times):
        start_s = time.thread_time()
        run()
        speeds.append(2 * _GEMM_SIZE**3 / (time.thread_time() - start_s))
    return speeds


if __name__ == "__main__":
    answer_parent(ask)
