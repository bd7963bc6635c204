"""Hands batches to scorers: this process alone, or several of their own, one a core."""

from __future__ import annotations

import contextlib
import selectors
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

import numpy as np

from voxpop.errors import VoxpopError
from voxpop.scoring.batch import score_batch
from voxpop.scoring.frames import Fault, read_answer, write_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.classifier import Classifier


class Job(NamedTuple):
    """A batch to score; `number` counts batches from the start of the first file."""

    number: int
    texts: list[str | None]


class Answer(NamedTuple):
    """The scores of a batch, float64 of shape (n, k)."""

    number: int
    scores: NDArray[np.float64]


def score_here(classifier: Classifier, jobs: Iterator[Job]) -> Iterator[Answer]:
    """Score one batch after the other in this process."""
    for job in jobs:
        yield Answer(job.number, score_batch(classifier, job.texts))


def score_in_processes(version: str, jobs: Iterator[Job], processes: int) -> Iterator[Answer]:
    """Score batches in processes of their own; answers come as they are ready.

    A process has one batch at a time, so memory is bounded; the next batch is read meanwhile. Close
    the iterator to end the processes before their work is done.

    Args:
        version: on this machine's disk.
        jobs: the batches.
        processes: how many.

    Raises:
        VoxpopError: a process failed, or was ended by the system.
    """
    workers = [_start(version) for _ in range(processes)]
    try:
        with selectors.DefaultSelector() as ready:
            for worker in workers:
                ready.register(cast(BinaryIO, worker.stdout), selectors.EVENT_READ, worker)
            yield from _exchange(workers, ready, jobs)
    finally:
        for worker in workers:
            _stop(worker)


def _exchange(
    workers: list[subprocess.Popen[bytes]], ready: selectors.BaseSelector, jobs: Iterator[Job]
) -> Iterator[Answer]:
    idle = list(workers)
    at_work: dict[int, int] = {}  # process -> number of its batch
    upcoming = next(jobs, None)
    while upcoming is not None or at_work:
        while idle and upcoming is not None:
            worker = idle.pop()
            try:
                write_texts(cast(BinaryIO, worker.stdin), upcoming.texts)
            except BrokenPipeError:
                _raise_fault(worker)
            at_work[worker.pid] = upcoming.number
            upcoming = next(jobs, None)
        for key, _ in ready.select():
            worker = key.data
            answer = read_answer(cast(BinaryIO, worker.stdout))
            if answer is None or isinstance(answer, Fault):
                _raise_fault(worker, answer)
            else:
                idle.append(worker)
                yield Answer(at_work.pop(worker.pid), answer)


def _start(version: str) -> subprocess.Popen[bytes]:
    # In a session of its own, Ctrl-C on the terminal reaches this process alone, which ends it.
    return subprocess.Popen(
        [sys.executable, "-m", "voxpop.scoring.worker", version],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def _stop(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()  # it holds nothing that must be tidied up
    for stream in (worker.stdin, worker.stdout):
        with contextlib.suppress(OSError):  # what was not flushed is not wanted any more
            cast(BinaryIO, stream).close()
    worker.wait()


def _raise_fault(worker: subprocess.Popen[bytes], fault: Fault | None = None) -> None:
    if fault is None:
        answer = read_answer(cast(BinaryIO, worker.stdout))
        fault = answer if isinstance(answer, Fault) else None
    if fault is not None:
        kind = next((one for one in _kinds(VoxpopError) if one.code == fault.code), VoxpopError)
        raise kind(fault.message)
    status = worker.wait()
    by = f"by signal {-status}" if status < 0 else f"with status {status}"
    raise VoxpopError(
        f"A process that scored ended {by}; when the system did that, memory was short. What was "
        "scored is kept: run the same command again, with fewer --processes"
    )


def _kinds(kind: type[VoxpopError]) -> Iterator[type[VoxpopError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
