"""Finds pickles among saved files: reading one runs whatever code its writer put into it."""

from __future__ import annotations

import gzip
import io
import pickletools
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

_SUFFIXES = (".pkl", ".pickle", ".joblib", ".dill")
_NPY = b"\x93NUMPY"


def find_pickles(directory: Path) -> list[str]:
    """Name every file under the directory that is a pickle or holds one, and say why.

    Looks at names, at bytes (pickle protocols 0 to 5) and into zip files (as `.npz`, `.keras` and
    PyTorch's are), gzip, zlib (as joblib's are) and NumPy arrays of objects.
    """
    return [
        f"{path.relative_to(directory).as_posix()} ({reason})"
        for path in sorted(directory.rglob("*"))
        if path.is_file()
        for reason in _reasons(path.name, path.read_bytes())
    ]


def _reasons(name: str, data: bytes) -> Iterator[str]:
    if name.lower().endswith(_SUFFIXES):
        yield "named like a pickle"
    elif _is_pickle(data):
        yield "a pickle by its bytes"
    elif data.startswith(_NPY) and _holds_objects(data):
        yield "an array of objects, which NumPy stores as a pickle"
    elif zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                for reason in _reasons(member, archive.read(member)):
                    yield f"its member {member} is {reason}"
    elif unpacked := _unpacked(data):
        for reason in _reasons("", unpacked):
            yield f"compressed, {reason}"


def _is_pickle(data: bytes) -> bool:
    """Tell whether the bytes begin with a header of protocol 2 to 5, or are opcodes to the end."""
    has_header = data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is no pickle may look like a badly escaped one
            if has_header:
                return len(list(islice(pickletools.genops(data), 3))) > 1
            opcodes = list(pickletools.genops(data))
    except (ValueError, IndexError, UnicodeDecodeError, OverflowError):
        return False
    return len(opcodes) > 1 and opcodes[-1][2] == len(data) - 1


def _holds_objects(data: bytes) -> bool:
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    read_header = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    _, _, dtype = read_header(stream)
    return bool(dtype.hasobject)


def _unpacked(data: bytes) -> bytes:
    for unpack in (gzip.decompress, zlib.decompress):
        try:
            return unpack(data)
        except (OSError, EOFError, zlib.error):
            continue
    return b""
