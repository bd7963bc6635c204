"""Runs several workers on one store, one store operation at a time, in any order that is wished.

A worker can be killed between two operations: like a killed process, it does nothing from then on,
not even clear up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from voxpop import ObjectStore, Tag, VoxpopError

_PATIENCE_S = 30.0


class Killed(BaseException):
    """The worker is dead."""


@dataclass
class Worker:
    """One job and how it went: what it gave, the fault it met, or neither when it was killed."""

    job: Callable[[ObjectStore], object]
    given: object = None
    fault: VoxpopError | None = None
    crash: BaseException | None = None
    finished: bool = False
    killed: bool = False
    steps: int = 0
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


def run(
    store: ObjectStore,
    jobs: Sequence[Callable[[ObjectStore], object]],
    schedule: Sequence[int],
    kills: Sequence[int] = (),
) -> list[Worker]:
    """Let worker `schedule[i]` do its next store operation at time i, then let all finish in turn.

    The workers in `kills` are killed where the schedule ends, when they are not done by then.
    """
    workers = [Worker(job) for job in jobs]
    threads = [threading.Thread(target=_work, args=(worker, store)) for worker in workers]
    for worker, thread in zip(workers, threads, strict=True):
        thread.start()
        _wait(worker)
    for number in schedule:
        _step(workers[number])
    for number in kills:
        workers[number].killed = not workers[number].finished
    for worker, thread in zip(workers, threads, strict=True):
        while not worker.finished:
            _step(worker)
        thread.join(_PATIENCE_S)
        if worker.crash is not None:
            raise worker.crash
    return workers


def _wait(worker: Worker) -> None:
    assert worker.arrived.acquire(timeout=_PATIENCE_S), "a worker hangs between two operations"


def _step(worker: Worker) -> None:
    if not worker.finished:
        worker.turn.release()
        _wait(worker)


def _work(worker: Worker, store: ObjectStore) -> None:
    try:
        worker.given = worker.job(_SteppingStore(store, worker))
    except VoxpopError as fault:
        worker.fault = fault
    except Killed:
        pass
    except BaseException as crash:  # noqa: BLE001 - raised again by `run`
        worker.crash = crash
    finally:
        worker.finished = True
        worker.arrived.release()


class _SteppingStore:
    """A store that does each operation only when the worker's turn has come."""

    def __init__(self, store: ObjectStore, worker: Worker) -> None:
        self._store = store
        self._worker = worker

    def _await_turn(self) -> ObjectStore:
        if not self._worker.killed:
            self._worker.arrived.release()
            assert self._worker.turn.acquire(timeout=_PATIENCE_S)
        if self._worker.killed:
            raise Killed
        self._worker.steps += 1
        return self._store

    def read(self, key: str) -> tuple[bytes, Tag]:
        return self._await_turn().read(key)

    def write(self, key: str, data: bytes, *, expected: Tag | None) -> Tag:
        return self._await_turn().write(key, data, expected=expected)

    def download(self, key: str, into: Path) -> None:
        self._await_turn().download(key, into)

    def upload(self, source: Path, key: str) -> None:
        self._await_turn().upload(source, key)

    def list(self, prefix: str) -> Iterator[str]:
        return self._await_turn().list(prefix)

    def delete(self, key: str) -> None:
        self._await_turn().delete(key)
