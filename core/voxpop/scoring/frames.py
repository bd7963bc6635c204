"""What a process that scores and the one that started it say to each other, over two pipes."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

_LENGTH = struct.Struct("<Q")
_SHAPE = struct.Struct("<II")
_SCORES, _FAULT = b"S", b"F"


class Fault(NamedTuple):
    """What went wrong in the other process: the `code` of a `VoxpopError`, and its message."""

    code: str
    message: str


def write_texts(stream: BinaryIO, texts: Sequence[str | None]) -> None:
    """Send a batch of texts."""
    _write(stream, json.dumps(texts).encode())


def read_texts(stream: BinaryIO) -> list[str | None] | None:
    """Receive a batch of texts; None when the other process is gone."""
    frame = _read(stream)
    if frame is None:
        return None
    texts: list[str | None] = json.loads(frame)
    return texts


def write_scores(stream: BinaryIO, scores: NDArray[np.float64]) -> None:
    """Send the scores of a batch."""
    _write(stream, _SCORES + _SHAPE.pack(*scores.shape) + scores.astype("<f8").tobytes())


def write_fault(stream: BinaryIO, fault: Fault) -> None:
    """Send what went wrong."""
    _write(stream, _FAULT + json.dumps(fault).encode())


def read_answer(stream: BinaryIO) -> NDArray[np.float64] | Fault | None:
    """Receive scores or a fault; None when the other process is gone."""
    frame = _read(stream)
    if not frame:
        return None
    if frame[:1] == _FAULT:
        return Fault(*json.loads(frame[1:]))
    shape = _SHAPE.unpack_from(frame, 1)
    return np.frombuffer(frame, "<f8", offset=1 + _SHAPE.size).reshape(shape)


def _write(stream: BinaryIO, frame: bytes) -> None:
    stream.write(_LENGTH.pack(len(frame)) + frame)
    stream.flush()


def _read(stream: BinaryIO) -> bytes | None:
    length = stream.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(length)
    frame = stream.read(size)
    return frame if len(frame) == size else None
