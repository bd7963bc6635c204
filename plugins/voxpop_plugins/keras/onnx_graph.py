"""The BiLSTM as an ONNX graph, written node by node.

Keras' own exporter turns a masked LSTM into loops, many times slower than ONNX' LSTM operator,
which takes the lengths of the texts (https://onnx.ai/onnx/operators/onnx__LSTM.html).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pooling = Literal["last", "mean", "max", "mean-max"]

# Old enough for every onnxruntime that the project allows.
_OPSET = 20
_IR_VERSION = 10


@dataclass(frozen=True, kw_only=True)
class LSTMWeights:
    """One direction in Keras' layout; gates in the order i, f, c, o."""

    kernel: NDArray[np.float32]  # (features, 4 u)
    recurrent_kernel: NDArray[np.float32]  # (u, 4 u)
    bias: NDArray[np.float32]  # (4 u,)


@dataclass(frozen=True, kw_only=True)
class DenseWeights:
    """A dense layer."""

    kernel: NDArray[np.float32]  # (features, units)
    bias: NDArray[np.float32]  # (units,)


@dataclass(frozen=True, kw_only=True)
class BiLSTMWeights:
    """All weights of the network; each recurrent layer has a forward and a backward direction."""

    embedding: NDArray[np.float32]  # (vocabulary size, embedding size)
    layers: tuple[tuple[LSTMWeights, LSTMWeights], ...]
    dense: DenseWeights
    output: DenseWeights  # one unit (sigmoid) for two classes, else k units (softmax)


def build_onnx(weights: BiLSTMWeights, pooling: Pooling) -> bytes:
    """Write the network as an ONNX file.

    Inputs are `ids` int32 (n, width) with width >= 1 and `lengths` int32 (n,); the output is
    `probabilities` float32 (n, k). Ids beyond a length are looked up, so they must be ids, but
    change no answer. The file's metadata holds `vocabulary_size`.
    """
    import onnx
    from onnx import TensorProto, helper

    graph = _Graph()
    hidden, last = _recurrent_layers(graph, weights)
    features = _pool(graph, hidden, last, pooling)
    dense = graph.node("Relu", [_dense(graph, features, weights.dense)])
    logits = _dense(graph, dense, weights.output)
    if weights.output.bias.size == 1:
        positive = graph.node("Sigmoid", [logits])
        negative = graph.node("Sub", [graph.constant([[1.0]]), positive])
        graph.node("Concat", [negative, positive], outputs=["probabilities"], axis=1)
        classes = 2
    else:
        graph.node("Softmax", [logits], outputs=["probabilities"], axis=1)
        classes = weights.output.bias.size
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "bilstm",
            inputs=[
                helper.make_tensor_value_info("ids", TensorProto.INT32, ["n", "width"]),
                helper.make_tensor_value_info("lengths", TensorProto.INT32, ["n"]),
            ],
            outputs=[
                helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", classes])
            ],
            initializer=graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="voxpop",
    )
    helper.set_model_props(model, {"vocabulary_size": str(len(weights.embedding))})
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


class _Graph:
    """Nodes and constants in the making; every value gets a name of its own."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: Any, dtype: type[np.generic] = np.float32) -> str:
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        array = np.ascontiguousarray(value, dtype=dtype).reshape(np.shape(value))
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def node(
        self, operator: str, inputs: list[str], outputs: list[str] | None = None, **attributes: Any
    ) -> str:
        from onnx import helper

        outputs = outputs or [f"{operator.lower()}_{len(self.nodes)}"]
        self.nodes.append(helper.make_node(operator, inputs, outputs, **attributes))
        return outputs[0]


def _recurrent_layers(graph: _Graph, weights: BiLSTMWeights) -> tuple[str, str]:
    """Give the last layer's outputs (width, n, 2 u) and its last states (n, 2 u)."""
    ids = graph.node("Transpose", ["ids"], perm=[1, 0])
    hidden = graph.node("Gather", [graph.constant(weights.embedding), ids], axis=0)
    keep_two = graph.constant([0, 0, -1], np.int64)
    last = ""
    for number, pair in enumerate(weights.layers):
        outputs = [f"sequence_{number}", f"state_{number}"]
        units = pair[0].recurrent_kernel.shape[0]
        graph.node("LSTM", [
            hidden,
            graph.constant(np.stack([_gates(one.kernel).T for one in pair])),
            graph.constant(np.stack([_gates(one.recurrent_kernel).T for one in pair])),
            graph.constant(np.stack([_bias(one.bias) for one in pair])),
            "lengths",
        ], outputs=outputs, hidden_size=units, direction="bidirectional")  # fmt: skip
        # (width, 2, n, u) -> (width, n, 2 u)
        sequence = graph.node("Transpose", [outputs[0]], perm=[0, 2, 1, 3])
        hidden = graph.node("Reshape", [sequence, keep_two])
        last = outputs[1]
    states = graph.node("Transpose", [last], perm=[1, 0, 2])
    return hidden, graph.node("Reshape", [states, graph.constant([0, -1], np.int64)])


def _gates(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Reorder gates along the last axis: Keras has i, f, c, o and ONNX i, o, f, c."""
    i, f, c, o = np.split(kernel, 4, axis=-1)
    return np.concatenate([i, o, f, c], axis=-1)


def _bias(bias: NDArray[np.float32]) -> NDArray[np.float32]:
    """ONNX has an input and a recurrent bias, which are added; Keras has their sum."""
    return np.concatenate([_gates(bias), np.zeros_like(bias)])


def _pool(graph: _Graph, hidden: str, last: str, pooling: Pooling) -> str:
    """Pool (width, n, 2 u) over the real positions; a text of length 0 pools to zeros.

    The LSTM operator gives zeros beyond a length, so the sum needs no mask.
    """
    from onnx import TensorProto

    if pooling == "last":
        return last
    axis = graph.constant([0], np.int64)
    length = graph.node("Unsqueeze", ["lengths", graph.constant([1], np.int64)])
    one = graph.constant([[1]], np.int32)
    pooled = []
    if pooling in ("mean", "mean-max"):
        count = graph.node("Cast", [graph.node("Max", [length, one])], to=TensorProto.FLOAT)
        total = graph.node("ReduceSum", [hidden, axis], keepdims=0)
        pooled.append(graph.node("Div", [total, count]))
    if pooling in ("max", "mean-max"):
        width = graph.node("Squeeze", [graph.node("Shape", ["ids"], start=1, end=2)])
        steps = [graph.constant(0, np.int64), width, graph.constant(1, np.int64)]
        positions = graph.node("Cast", [graph.node("Range", steps)], to=TensorProto.INT32)
        positions = graph.node("Unsqueeze", [positions, graph.constant([1, 2], np.int64)])
        real = graph.node("Less", [positions, length])
        # An LSTM's output lies in (-1, 1), so -1 never wins over a real position.
        masked = graph.node("Where", [real, hidden, graph.constant([[[-1.0]]])])
        highest = graph.node("ReduceMax", [masked, axis], keepdims=0)
        any_real = graph.node("Cast", [graph.node("Min", [length, one])], to=TensorProto.FLOAT)
        pooled.append(graph.node("Mul", [highest, any_real]))
    return graph.node("Concat", pooled, axis=1) if len(pooled) > 1 else pooled[0]


def _dense(graph: _Graph, features: str, weights: DenseWeights) -> str:
    return graph.node(
        "Gemm", [features, graph.constant(weights.kernel), graph.constant(weights.bias)]
    )
