"""Processes that work on a registry and can be killed: real ones, with real files or a real server.

A process that has imported everything stays warm and forks one child a job, so that a hundred kills
take seconds. The child tells what it does on the common pipe; the last line is the phase it was
killed in.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from voxpop import AliasConflictError, ObjectStore, StoreRegistry, Tag, VoxpopError, verify_bundle
from voxpop_plugins.local.store import LocalStore
from voxpop_plugins.s3.config import S3StoreConfig
from voxpop_plugins.s3.plugin import open_store

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Outcome:
    """How a job ended."""

    told: tuple[tuple[float, str], ...]  # what the child told and when, by its clock in seconds
    killed: bool  # before it was done

    @property
    def lines(self) -> list[str]:
        return [line for _, line in self.told]

    @property
    def phase(self) -> str:
        """The last thing that the child told, without the random part of a claim's name."""
        return re.sub(r"-[0-9a-f]{32}", "", self.lines[-1])

    def before_end_s(self, line: str) -> float:
        """The time from that line to the last."""
        return self.told[-1][0] - self.told[self.lines.index(line)][0]


class WarmProcess:
    """Runs jobs, each in a process of its own."""

    def __enter__(self) -> WarmProcess:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.registry_process"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()

    def run(
        self,
        job: str,
        *arguments: object,
        kill_after_s: float | None = None,
        counted_from: str = "ready",
        die_at: int | None = None,
    ) -> Outcome:
        """Run a job; kill it a time after a line, or at its file operation number `die_at`."""
        order = {"job": job, "arguments": [str(each) for each in arguments], "die_at": die_at}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        pid = int(self._read()[1])
        told = []
        while True:
            at, line = self._read()
            if line.startswith(("exit ", "killed")):
                break
            told.append((at, line))
            if kill_after_s is not None and line == counted_from:
                time.sleep(kill_after_s)
                os.kill(pid, signal.SIGKILL)
        assert line in ("killed", "exit 0"), told
        return Outcome(tuple(told), killed=told[-1][1] != "done")

    def _read(self) -> tuple[float, str]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the warm process died"
        at, _, said = line.rstrip("\n").partition(" ")
        return float(at), said


class TellingStore:
    """A store that tells of each operation before it and after it."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def read(self, key: str) -> tuple[bytes, Tag]:
        return self._store.read(key)

    def write(self, key: str, data: bytes, *, expected: Tag | None) -> Tag:
        tell(f"writing {key}")
        tag = self._store.write(key, data, expected=expected)
        tell(f"wrote {key}")
        return tag

    def download(self, key: str, into: Path) -> None:
        tell(f"downloading {key}")
        self._store.download(key, into)
        tell(f"downloaded {key}")

    def upload(self, source: Path, key: str) -> None:
        tell(f"uploading {key}")
        self._store.upload(source, key)
        tell(f"uploaded {key}")

    def list(self, prefix: str) -> Iterator[str]:
        return self._store.list(prefix)

    def delete(self, key: str) -> None:
        tell(f"deleting {key}")
        self._store.delete(key)
        tell(f"deleted {key}")


def tell(line: str) -> None:
    os.write(1, f"{time.perf_counter()} {line}\n".encode())


def store_at(place: str) -> ObjectStore:
    """Open the store in a directory, or where the options of an s3 store say (JSON)."""
    if place.startswith("{"):
        return open_store(S3StoreConfig(**json.loads(place)))
    return LocalStore(Path(place))


def _telling(place: str) -> StoreRegistry:
    registry = StoreRegistry(TellingStore(store_at(place)))
    tell("ready")
    return registry


def publish(place: str, bundle: str) -> None:
    _telling(place).publish(Path(bundle))


def promote(place: str, version: str, expected: str) -> None:
    _telling(place).move_alias("champion", version, expected=expected)


def fetch(place: str, version: str, into: str) -> None:
    _telling(place).fetch(version, Path(into))


def move_often(directory: str, moves: str, *versions: str) -> None:
    """Move the alias so many times to whichever version it is not at, against all others."""
    registry = StoreRegistry(LocalStore(Path(directory)))
    left = int(moves)
    while left:
        holder = registry.aliases().get("champion")
        to = versions[(left + os.getpid()) % len(versions)]
        if to == holder:
            to = versions[(versions.index(to) + 1) % len(versions)]
        try:
            registry.move_alias("champion", to, expected=holder)
        except AliasConflictError:
            continue
        tell(f"moved {holder} {to}")
        left -= 1


def compete(directory: str, processes: str, moves: str, *versions: str) -> None:
    """Let many processes move the alias at once."""
    children = []
    for _ in range(int(processes)):
        child = os.fork()
        if child == 0:
            _run("move_often", [directory, moves, *versions], None)
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0, "a competitor failed"


def come_and_go(directory: str, bundle: str, times: str) -> None:
    """Publish and delete a bundle again and again."""
    registry = StoreRegistry(LocalStore(Path(directory)))
    for _ in range(int(times)):
        registry.delete(registry.publish(Path(bundle)))


def as_nobody(directory: str, call: str, *arguments: str) -> None:
    """Make one call as a user without rights (by fork: that user may not even start Python)."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    registry = StoreRegistry(LocalStore(Path(directory)))
    calls: dict[str, Callable[[], object]] = {
        "verify": lambda: verify_bundle(Path(arguments[0]))[1],
        "publish": lambda: registry.publish(Path(arguments[0])),
        "fetch": lambda: registry.fetch(arguments[0], Path(arguments[1])),
        "resolve": lambda: registry.resolve(arguments[0]),
    }
    try:
        tell(f"gave {calls[call]()}")
    except VoxpopError as fault:
        tell(f"{type(fault).__name__} {fault}")


NOBODY = 65534

FILE_OPERATIONS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "fcntl.flock"}

JOBS: dict[str, Callable[..., None]] = {
    "publish": publish,
    "promote": promote,
    "fetch": fetch,
    "move_often": move_often,
    "compete": compete,
    "come_and_go": come_and_go,
    "as_nobody": as_nobody,
}


def main() -> None:
    children: list[int] = []
    for line in iter(sys.stdin.readline, ""):
        while children:
            os.waitpid(children.pop(), 0)
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(**order)
        # Not reaped before the next order comes, so that its number is nobody else's meanwhile.
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        tell("killed" if ended.si_code == os.CLD_KILLED else f"exit {ended.si_status}")
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


def _run(job: str, arguments: Sequence[str], die_at: int | None) -> NoReturn:
    tell(str(os.getpid()))
    tell("begin")
    if die_at is not None:
        _die_at(die_at)
    try:
        JOBS[job](*arguments)
    except BaseException as error:  # noqa: BLE001 - a fork must not go on with its parent's work
        tell(f"{type(error).__name__}: {error}")
        os._exit(1)
    tell("done")
    os._exit(0)


def _die_at(number: int) -> None:
    """Let this process be killed when it is about to do its file operation of that number."""
    left = number

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if event in FILE_OPERATIONS:
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    sys.addaudithook(watch)


if __name__ == "__main__":
    main()
