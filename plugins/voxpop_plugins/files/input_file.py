"""An input file: its format and compression, told by its name, and its bytes unpacked."""

from __future__ import annotations

import bz2
import contextlib
import functools
import gzip
import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO, Literal, cast, get_args

from voxpop import DataError
from voxpop_plugins.files.config import FilesConfig, Format
from voxpop_plugins.files.encodings import decoding_fault

_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".txt": "fasttext",
    ".ft": "fasttext",
    ".fasttext": "fasttext",
}
Compression = Literal["gzip", "bzip2", "xz", "zip", "zstd"]
_COMPRESSIONS: dict[str, Compression] = {
    ".gz": "gzip",
    ".bz2": "bzip2",
    ".xz": "xz",
    ".zip": "zip",
    ".zst": "zstd",
}


@dataclass(frozen=True)
class InputFile:
    """One file to read reviews from.

    Attributes:
        path: where it is.
        format: what its bytes are, unpacked.
        compression: how they are packed; None when they are not.
        encoding: of its text; `utf-8` stands for UTF-8 with or without a byte-order mark.
    """

    path: Path
    format: Format
    compression: Compression | None
    encoding: str

    @classmethod
    def of(cls, path: Path, config: FilesConfig) -> InputFile:
        """Tell format and compression by the name, unless the config says the format.

        Raises:
            DataError: the name tells no format, or Parquet is packed once more.
        """
        compression = _COMPRESSIONS.get(path.suffix.lower())
        inner = PurePath(path.stem if compression else path.name)
        if compression == "zip" and inner.suffix.lower() not in _FORMATS:
            inner = PurePath(_only_member(path))
        told = _FORMATS.get(inner.suffix.lower())
        format_ = told if config.format == "auto" else config.format
        if format_ is None:
            raise DataError(
                f"The name of {str(path)!r} tells no format. Set `format` in [data] to one of "
                f"{', '.join(get_args(Format))}, or end the name in one of {', '.join(_FORMATS)}, "
                f"alone or followed by {', '.join(_COMPRESSIONS)}"
            )
        if format_ == "parquet" and compression:
            raise DataError(
                f"{str(path)!r} is Parquet packed by {compression}; Parquet files are compressed "
                "inside already. Unpack the file first"
            )
        return cls(path, format_, compression, config.encoding)

    @functools.cached_property
    def size(self) -> int:
        """Bytes on the disk."""
        return self.path.stat().st_size

    def state(self) -> tuple[int, int, int]:
        """Give what changes when the file is written to or replaced."""
        with self.faults_told():
            state = self.path.stat()
        return state.st_ino, state.st_size, state.st_mtime_ns

    def digest(self) -> str:
        """Give the sha256 of the bytes on the disk."""
        with self.faults_told(), self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @contextlib.contextmanager
    def open(self) -> Iterator[tuple[BinaryIO, BinaryIO]]:
        """Open the file: gives its bytes unpacked, and the packed file to see how far they are.

        Raises:
            DataError: the file cannot be read, unpacked or decoded; raised wherever that shows
                inside of the context.
        """
        with (
            self.faults_told(),
            self.path.open("rb") as packed,
            _unpacked(packed, self.compression) as stream,
        ):
            yield stream, packed

    @contextlib.contextmanager
    def open_text(self, newline: str) -> Iterator[tuple[io.TextIOWrapper, BinaryIO]]:
        """Open the file as `open` does, decoded; `newline` as in the built-in `open`."""
        codec = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        with self.open() as (stream, packed):
            yield io.TextIOWrapper(stream, encoding=codec, newline=newline), packed

    @contextlib.contextmanager
    def faults_told(self) -> Iterator[None]:
        """Turn what the libraries raise about this file into one DataError."""
        try:
            yield
        except UnicodeDecodeError as error:
            with self.open() as (stream, _):
                message = decoding_fault(stream, self.encoding)
            raise DataError(f"{str(self.path)!r} {message}") from error
        except (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError) as error:
            raise DataError(self.damaged(error)) from error
        except OSError as error:  # gzip, bz2 and zstd say "damaged" by an OSError without a number
            if error.errno is None:
                raise DataError(self.damaged(error)) from error
            raise DataError(f"{str(self.path)!r} cannot be read: {error.strerror}") from error

    def damaged(self, error: Exception) -> str:
        """Say that the file is not what its name says."""
        what = f"unpacked as {self.compression}" if self.compression else f"read as {self.format}"
        return (
            f"{str(self.path)!r} cannot be {what}: {str(error).strip()}. It is damaged, cut short, "
            "or something else; fetch it anew or mend its name"
        )


def bytes_read(packed: BinaryIO | None) -> int:
    """Say how many bytes were read from a file that `InputFile.open` gave, 0 if it is not open."""
    return 0 if packed is None or packed.closed else packed.tell()


def _only_member(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            return _member(archive)
    except (zipfile.BadZipFile, OSError) as error:
        raise DataError(f"{str(path)!r} cannot be unpacked as zip: {error}") from error


def _member(archive: zipfile.ZipFile) -> str:
    names = [
        name
        for name in archive.namelist()
        if not name.endswith("/") and not name.startswith("__MACOSX/")
    ]
    if len(names) != 1:
        raise DataError(
            f"{str(archive.filename)!r} holds {len(names)} files; an archive of reviews holds "
            "exactly one. Unpack it and name the files"
        )
    return names[0]


@contextlib.contextmanager
def _unpacked(packed: BinaryIO, compression: Compression | None) -> Iterator[BinaryIO]:
    match compression:
        case None:
            yield packed
        case "gzip":
            with gzip.GzipFile(fileobj=packed) as stream:
                yield cast(BinaryIO, stream)
        case "bzip2":
            with bz2.BZ2File(packed) as stream:
                yield cast(BinaryIO, stream)
        case "xz":
            with lzma.LZMAFile(packed) as stream:
                yield cast(BinaryIO, stream)
        case "zip":
            with zipfile.ZipFile(packed) as archive, archive.open(_member(archive)) as stream:
                yield cast(BinaryIO, stream)
        case "zstd":
            import pyarrow as pa

            with pa.CompressedInputStream(pa.PythonFile(packed, "r"), "zstd") as stream:
                yield stream
