"""One server at work: started, watched over with all its processes, and stopped."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.servers.contenders import ROOT, Contender, Model

_START_S, _STOP_S = 180.0, 15.0
_ASK_AGAIN_S = 0.01


@dataclass(frozen=True)
class Running:
    """A server that answers.

    Attributes:
        contender: what it is.
        port: where it listens.
        pid: its first process.
        cold_start_s: from its start to its first right answer.
    """

    contender: Contender
    port: int
    pid: int
    cold_start_s: float


@contextmanager
def running(contender: Contender, model: Model, log: Path) -> Iterator[Running]:
    """Start a server, wait for its first right answer, and stop it with all its processes."""
    port = _free_port()
    command = contender.command(port, model)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= contender.environment(port, model)
    asked = json.loads(model.asked.read_text(encoding="utf-8"))
    with log.open("wb") as out:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while not _answers(contender, model, port, asked["texts"][0], asked["expected"][0]):
                if process.poll() is not None or time.perf_counter() - started > _START_S:
                    told = log.read_text(encoding="utf-8", errors="replace")[-3_000:]
                    raise SystemExit(f"{command} does not answer:\n{told}")
                time.sleep(_ASK_AGAIN_S)
            yield Running(contender, port, process.pid, time.perf_counter() - started)
        finally:
            _stop(process)


def headers_of(contender: Contender, model: Model) -> dict[str, str]:
    """Give the headers that a request carries."""
    headers = {"Content-Type": "application/json"}
    if contender.keyed:
        headers["Authorization"] = f"Bearer {model.key}"
    return headers


def cpu_s(pid: int) -> float:
    """Give user + system seconds of a process and all below it, the ended ones included."""
    used = 0.0
    for process in family(pid):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        used += times.user + times.system + times.children_user + times.children_system
    return used


def memory_mib(pid: int) -> Mapping[str, float]:
    """Give the resident and the proportional set size of a process and all below it."""
    held = {"rss": 0.0, "pss": 0.0}
    for process in family(pid):
        try:
            memory = process.memory_full_info()
        except psutil.Error:
            continue
        held["rss"] += memory.rss / 2**20
        held["pss"] += memory.pss / 2**20
    return held


def family(pid: int) -> list[psutil.Process]:
    """Give a process and all below it."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.Error:
        return []


def _answers(contender: Contender, model: Model, port: int, text: str, expected: float) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        body = json.dumps(contender.body(text)).encode()
        connection.request("POST", contender.path, body, headers_of(contender, model))
        answer = connection.getresponse()
        told = answer.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return answer.status == 200 and contender.is_right(json.loads(told), text, expected)


def _stop(process: subprocess.Popen[bytes]) -> None:
    members = family(process.pid)
    process.terminate()
    _, alive = psutil.wait_procs(members, timeout=_STOP_S)
    for one in alive:
        try:
            one.kill()
        except psutil.Error:
            continue
    process.wait()


def _free_port() -> int:
    """Find a port that is free, and the next one too: some servers listen at two."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
