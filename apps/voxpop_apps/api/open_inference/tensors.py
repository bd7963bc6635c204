"""Tensors of texts as the Open Inference Protocol carries them: in JSON, or as raw bytes.

Raw, an element of the datatype BYTES is its length, 4 bytes little-endian, and its bytes; one of
FP64 is 8 bytes little-endian. See "Binary tensor data extension" of the KServe V2 protocol.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from voxpop_apps.api.errors import InvalidRequestError

_LENGTH = struct.Struct("<I")


def texts_of_bytes(raw: bytes, most: int) -> list[str]:
    """Read the texts of a raw tensor.

    Raises:
        InvalidRequestError: the bytes end too early, or are no UTF-8, or hold more than `most`.
    """
    texts: list[str] = []
    at = 0
    while at < len(raw):
        _check_count(len(texts), most)
        start = at + _LENGTH.size
        length = _LENGTH.unpack_from(raw, at)[0] if start <= len(raw) else 0
        at = start + length
        if at > len(raw):
            raise InvalidRequestError(
                f"The binary data end within element {len(texts) + 1}: each element is its length "
                "(4 bytes, little-endian) and then its bytes"
            )
        try:
            texts.append(raw[start:at].decode())
        except UnicodeDecodeError as error:
            raise InvalidRequestError(
                f"Element {len(texts) + 1} is not UTF-8, as a text has to be"
            ) from error
    return texts


def texts_of_json(data: list[Any], most: int) -> list[str]:
    """Read the texts of a tensor in JSON, whose rows may be lists.

    Raises:
        InvalidRequestError: an element is no text, or there are more than `most`.
    """
    texts: list[str] = []
    for element in data:
        for text in element if isinstance(element, list) else [element]:
            _check_count(len(texts), most)
            if not isinstance(text, str):
                raise InvalidRequestError(
                    f"Element {len(texts) + 1} of the tensor is no text, as BYTES has to be"
                )
            texts.append(text)
    return texts


def check_shape(shape: list[int], count: int, most: int) -> None:
    """Check that a shape is (n,) or (n, 1), and fits the data.

    Raises:
        InvalidRequestError: it is not, or does not.
    """
    if not shape or shape[1:] not in ([], [1]) or not 1 <= shape[0] <= most:
        raise InvalidRequestError(
            f"The tensor's shape is not allowed: it has to be [n] or [n, 1], n from 1 to {most:,}"
        )
    if shape[0] != count:
        raise InvalidRequestError(f"The tensor has the shape {shape} and {count:,} elements")


def _check_count(known: int, most: int) -> None:
    if known == most:
        raise InvalidRequestError(f"The tensor has more than {most:,} elements, the most allowed")


def raw_texts(texts: Iterable[str]) -> bytes:
    """Write texts as a raw tensor."""
    encoded = [text.encode() for text in texts]
    return b"".join(_LENGTH.pack(len(one)) + one for one in encoded)


def raw_floats(numbers: list[float]) -> bytes:
    """Write numbers as a raw tensor of FP64."""
    return struct.pack(f"<{len(numbers)}d", *numbers)
