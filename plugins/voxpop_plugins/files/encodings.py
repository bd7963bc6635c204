"""Says where a file is not in the encoding that it is read in, and what may be meant."""

from __future__ import annotations

import codecs
from typing import BinaryIO

_CHUNK = 1 << 16
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decoding_fault(stream: BinaryIO, encoding: str) -> str:
    """Find the first byte of a stream that cannot be decoded; gives the end of a sentence."""
    decoder = codecs.getincrementaldecoder(encoding)()
    fed, line = 0, 1
    first = b""
    while chunk := stream.read(_CHUNK):
        first = first or chunk
        fed += len(chunk)
        try:
            line += decoder.decode(chunk).count("\n")
        except UnicodeDecodeError as error:
            return _describe(error, fed, line, encoding, first)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return _describe(error, fed, line, encoding, first)
    return f"cannot be decoded as {encoding}"


def _describe(error: UnicodeDecodeError, fed: int, line: int, encoding: str, first: bytes) -> str:
    # `error.object` is what the decoder had left over and the last chunk.
    position = fed - len(error.object) + error.start
    before = error.object[: error.start].decode(encoding, errors="ignore")
    byte = error.object[error.start]
    where = f"is not {encoding}: byte 0x{byte:02x} at position {position} (line "
    where += f"{line + before.count(chr(10))}) cannot be decoded. "
    for mark, name in _MARKS:
        if first.startswith(mark):
            return f'{where}It begins with the byte-order mark of {name}: set `encoding = "{name}"`'
    try:
        meant = bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return f"{where}Set `encoding` in [data] to the one it was written in"
    return (
        f"{where}Set `encoding` in [data] to the one it was written in; "
        f'in "cp1252" (Windows), for example, that byte is {meant!r}'
    )
