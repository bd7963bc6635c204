"""A file as it lies on the disk: what it is by its first bytes and its name, and its bytes."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO, Literal, cast

from voxpop.errors import DataError

Kind = Literal["csv", "jsonl", "parquet", "excel"]

_BY_SUFFIX: dict[str, Kind] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xlsb": "excel",
    ".xls": "excel",
    ".ods": "excel",
}
# The bytes know better than the name: Excel workbooks called .csv are common.
_BY_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "excel"),
    (b"\xd0\xcf\x11\xe0", "excel"),
)
_GZIP = b"\x1f\x8b"
_UNDECODABLE_PACKINGS = ((b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"))


@dataclass(frozen=True)
class FileSource:
    """A file to read rows from.

    Attributes:
        path: where it is.
        kind: what its bytes are, unpacked.
        gzipped: its bytes are packed.
    """

    path: Path
    kind: Kind
    gzipped: bool

    @classmethod
    def of(cls, path: Path) -> FileSource:
        """Tell what a file is.

        Raises:
            DataError: it cannot be read, or is nothing that can be read here.
        """
        with faults_told(path):
            if path.is_dir():
                raise DataError(f"{str(path)!r} is a directory: name the files in it")
            with path.open("rb") as file:
                magic = file.read(8)
            gzipped = magic.startswith(_GZIP)
            if gzipped:
                with gzip.open(path) as unpacked:
                    magic = unpacked.read(8)
        if not magic:
            raise DataError(f"{str(path)!r} is empty")
        inner = PurePath(path.stem) if path.suffix.lower() == ".gz" else path
        kind = _BY_SUFFIX.get(inner.suffix.lower())
        for start, name in _UNDECODABLE_PACKINGS:
            if magic.startswith(start):
                raise DataError(f"{str(path)!r} is packed by {name}: unpack it, or use gzip")
        kind = next((one for start, one in _BY_MAGIC if magic.startswith(start)), kind)
        if kind is None:
            raise DataError(
                f"The name of {str(path)!r} tells no format. End it in one of "
                f"{', '.join(_BY_SUFFIX)}; text may be packed by gzip (.csv.gz)"
            )
        if gzipped and kind in ("parquet", "excel"):
            raise DataError(f"{str(path)!r} is {kind} packed by gzip: unpack it first")
        return cls(path, kind, gzipped)

    def state(self) -> tuple[int, int, int]:
        """Give what changes when the file is written to or replaced."""
        with faults_told(self.path):
            state = self.path.stat()
        return state.st_ino, state.st_size, state.st_mtime_ns

    def digest(self) -> str:
        """Give the sha256 of the bytes on the disk."""
        with faults_told(self.path), self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @contextlib.contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the file: gives its bytes, unpacked.

        Raises:
            DataError: it cannot be read or unpacked; raised wherever that shows inside.
        """
        with faults_told(self.path), self.path.open("rb") as packed:
            if not self.gzipped:
                yield packed
                return
            with gzip.GzipFile(fileobj=packed) as stream:
                yield cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, stream)))

    def head(self, size: int) -> tuple[bytes, bool]:
        """Give the first bytes, unpacked, and whether they are all."""
        with self.open() as stream:
            start = stream.read(size)
            return start, not stream.read(1)


@contextlib.contextmanager
def faults_told(path: Path) -> Iterator[None]:
    """Turn what the system says about this file into one DataError."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{str(path)!r} cannot be unpacked as gzip: {error}. It is damaged or cut short; "
            "fetch it anew"
        ) from error
    except FileNotFoundError as error:
        raise DataError(f"There is no file {str(path)!r}") from error
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be read: {error.strerror or error}") from error
