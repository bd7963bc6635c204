"""Runs a saved network with onnxruntime: neither Keras nor its backends are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from voxpop import BundleError, MissingExtraError, TokenBatch, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows are cut into chunks of like length: little padding, bounded memory, and the cache stays warm.
# Measured on reviews of Amazon's lengths in batches of 32 to 512: 4 to 16 rows cost least.
_CHUNK = 8


class OnnxSession:
    """An ONNX network from `ids` and `lengths` to `probabilities`.

    Safe to call from many threads at once.

    Attributes:
        classes: how many columns the answer has
        vocabulary_size: ids are 0 .. vocabulary_size - 1
    """

    def __init__(self, content: bytes, *, source: str, threads: int = 1) -> None:
        """Open the network.

        Args:
            content: an ONNX file
            source: what messages call it
            threads: how many cores one call may use; more than one seldom pays for a network this
                small, and a server has other requests for the other cores

        Raises:
            BundleError: it is not such a network.
            MissingExtraError: onnxruntime is not installed.
        """
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError(
                f"Predictions need onnxruntime, which cannot be imported ({error}). "
                'Install it with: pip install "voxpop[serve]"'
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what fails arrives as an exception
        try:
            self._session: Any = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise BundleError(
                f"{source} is not a network that onnxruntime can open: {error}. "
                "Fetch the bundle again, or train again."
            ) from error
        self.classes, self.vocabulary_size = self._read_signature(source)

    def predict_proba(self, batch: TokenBatch) -> NDArray[np.float32]:
        """Give probabilities, float32 of shape (n, classes).

        Raises:
            UsageError: an id is not of the vocabulary that the network was trained with.
        """
        n = len(batch)
        if n <= _CHUNK:
            return self._run(batch.ids, batch.lengths)
        answers = np.empty((n, self.classes), np.float32)
        order = np.argsort(batch.lengths, kind="stable")
        for start in range(0, n, _CHUNK):
            rows = order[start : start + _CHUNK]
            lengths = batch.lengths[rows]
            answers[rows] = self._run(batch.ids[rows], lengths)
        return answers

    def _run(self, ids: NDArray[np.int32], lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        n = len(lengths)
        if not n:
            return np.empty((0, self.classes), np.float32)
        # The operators need one column; its content is never looked at.
        width = max(1, int(np.max(lengths)))
        if ids.shape[1] < width:
            ids = np.zeros((n, width), np.int32)
        padding = np.arange(width) >= lengths[:, np.newaxis]
        clean = np.where(padding, 0, ids[:, :width]).astype(np.int32, copy=False)
        if np.max(clean.view(np.uint32)) >= self.vocabulary_size:  # a negative id is a huge one
            raise UsageError(
                f"The model was trained with ids 0 .. {self.vocabulary_size - 1} and was given "
                f"{np.min(clean)} .. {np.max(clean)}. Use the tokenizer of the same bundle."
            )
        inputs = {"ids": clean, "lengths": lengths.astype(np.int32, copy=False)}
        answer: NDArray[np.float32] = self._session.run(["probabilities"], inputs)[0]
        return answer

    def _read_signature(self, source: str) -> tuple[int, int]:
        inputs = {one.name: one.type for one in self._session.get_inputs()}
        outputs = {one.name: one.shape for one in self._session.get_outputs()}
        vocabulary_size = self._session.get_modelmeta().custom_metadata_map.get(
            "vocabulary_size", ""
        )
        shape = outputs.get("probabilities", [])
        if (
            inputs != {"ids": "tensor(int32)", "lengths": "tensor(int32)"}
            or len(shape) != 2
            or not isinstance(shape[1], int)
            or not vocabulary_size.isdecimal()
        ):
            raise BundleError(
                f"{source} is an ONNX file, but not one of Voxpop's: it takes {inputs} and gives "
                f"{outputs}. Fetch the bundle again, or train again."
            )
        return shape[1], int(vocabulary_size)
