"""What is scored already, kept beside the output until that is whole.

    .<output>.voxpop/job.json      what is scored: files, version, options
    .<output>.voxpop/scores.log    the scores of every batch, in the order that they came
    .<output>.voxpop/lock          held by the process that works on it

A record of the log is a header (number of the batch, rows, labels, crc32) and float64 scores,
little-endian. A record that a kill cut short is cut off by the next run, and done again.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from voxpop.disk import disk_fault
from voxpop.errors import DataError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HEADER = struct.Struct("<QIII")


class Journal:
    """The scores of one job; made by `open_journal`.

    Attributes:
        directory: where all of it is; the output is written there too, then renamed.
        done: the batches that are scored, with their numbers of rows.
    """

    def __init__(self, directory: Path, log: IO[bytes]) -> None:
        self.directory = directory
        self.done: dict[int, int] = {}
        self._log = log
        self._places: dict[int, tuple[int, int, int]] = {}
        self._recover()

    def add(self, number: int, scores: NDArray[np.float64]) -> None:
        """Keep the scores of a batch.

        Raises:
            StoreFullError: the disk is full; what was added before stays.
        """
        data = np.ascontiguousarray(scores, "<f8").tobytes()
        rows, labels = scores.shape
        header = _HEADER.pack(number, rows, labels, zlib.crc32(data, number))
        place = self._log.seek(0, os.SEEK_END)
        try:
            self._log.write(header + data)
        except OSError as error:
            raise disk_fault(error, Path(self._log.name), "written") from error
        self._note(number, place + _HEADER.size, rows, labels)

    def scores(self, number: int) -> NDArray[np.float64]:
        """Give the scores of a batch, float64 of shape (n, k)."""
        place, rows, labels = self._places[number]
        self._log.seek(place)
        data = self._log.read(8 * rows * labels)
        return np.frombuffer(data, "<f8").reshape(rows, labels)

    def remove(self) -> None:
        """Forget all of it."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def _recover(self) -> None:
        end = 0
        while len(header := self._log.read(_HEADER.size)) == _HEADER.size:
            number, rows, labels, checksum = _HEADER.unpack(header)
            data = self._log.read(8 * rows * labels)
            if len(data) != 8 * rows * labels or zlib.crc32(data, number) != checksum:
                break
            self._note(number, end + _HEADER.size, rows, labels)
            end += _HEADER.size + len(data)
        self._log.truncate(end)

    def _note(self, number: int, place: int, rows: int, labels: int) -> None:
        self.done[number] = rows
        self._places[number] = place, rows, labels


@contextlib.contextmanager
def open_journal(out: Path, job: Mapping[str, Any], *, start_anew: bool) -> Iterator[Journal]:
    """Go on with a job where it stopped, or begin it.

    Args:
        out: the output.
        job: what is done, as JSON; another job's scores are worth nothing to this one.
        start_anew: throw another job's scores away.

    Raises:
        DataError: another job's scores are there, of a file that was changed since, say.
        StoreError: the directory cannot be written.
        UsageError: another process works on it right now.
    """
    directory = out.with_name(f".{out.name}.voxpop")
    try:
        directory.mkdir(exist_ok=True)
        with (directory / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UsageError(
                    f"Another process writes {str(out)!r} right now: wait for it, or choose "
                    "another --out"
                ) from error
            _prepare(directory, out, job, start_anew)
            # Unbuffered: what `add` has written survives a kill, and a full disk shows at once.
            with (directory / "scores.log").open("a+b", buffering=0) as log:
                log.seek(0)
                yield Journal(directory, log)
    except OSError as error:
        raise disk_fault(error, directory, "written") from error


def _prepare(directory: Path, out: Path, job: Mapping[str, Any], start_anew: bool) -> None:
    about = directory / "job.json"
    try:
        before = json.loads(about.read_bytes())
    except (OSError, ValueError):
        before = None  # killed before anything was scored
    if before == job:
        return
    if before is not None and not start_anew:
        changed = sorted(key for key in {*before, *job} if before.get(key) != job.get(key))
        raise DataError(
            f"{str(out)!r} was begun before and is not whole yet, from something else: "
            f"{', '.join(changed)} changed since. Say --force to begin again, or choose another "
            "--out"
        )
    for old in directory.iterdir():
        if old.name != "lock":
            old.unlink()
    aside = directory / "job.json.new"
    aside.write_text(json.dumps(job), encoding="utf-8")
    aside.replace(about)
