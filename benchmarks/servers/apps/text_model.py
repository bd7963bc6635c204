"""What every peer answers with: the bundle's ONNX file, and its tokenizer in plain Python.

Written as somebody would who serves the model by hand: no checks, the session's settings those of
Voxpop. The environment variable BENCH_BUNDLE names the bundle's folder.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

_BUNDLE = Path(os.environ["BENCH_BUNDLE"])
_MAX_LENGTH: int = json.loads((_BUNDLE / "tokenizer" / "encoding.json").read_text())["max_length"]
_TEMPERATURE: float = json.loads((_BUNDLE / "manifest.json").read_text())["calibration"][
    "temperature"
]
_CONFIG: dict[str, Any] = json.loads((_BUNDLE / "tokenizer" / "tokenizer.json").read_text())[
    "config"
]
_TO_SPACES = str.maketrans(dict.fromkeys(_CONFIG["filters"], " "))
_ID_OF = {
    word: id_
    for word, id_ in json.loads(_CONFIG["word_index"]).items()
    if id_ < _CONFIG["num_words"]
}.get
_OOV = json.loads(_CONFIG["word_index"])[_CONFIG["oov_token"]]


def ids_of(text: str) -> list[int]:
    """Give the ids of a text's first words."""
    words = text.lower().translate(_TO_SPACES).split()
    return [_ID_OF(word, _OOV) for word in words[:_MAX_LENGTH]]


def open_session() -> Any:
    """Open the network with one thread a call, as Voxpop does."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    path = str(_BUNDLE / "model" / "model.onnx")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def predict(session: Any, rows: list[list[int]]) -> list[float]:
    """Give the calibrated probability of the second label for each row of ids."""
    lengths = np.array([len(row) for row in rows], np.int32)
    ids = np.zeros((len(rows), max(1, *map(len, rows))), np.int32)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
    answers = session.run(["probabilities"], {"ids": ids, "lengths": lengths})[0]
    return [calibrated(float(one)) for one in answers[:, 1]]


def calibrated(probability: float) -> float:
    """Scale the log-odds by the bundle's temperature."""
    inside = min(max(probability, 1e-12), 1 - 1e-12)
    return 1 / (1 + math.exp(-math.log(inside / (1 - inside)) / _TEMPERATURE))
