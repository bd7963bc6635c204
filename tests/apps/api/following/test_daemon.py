"""Calls run in order in one thread, and a call that hangs does not keep a process alive."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import CancelledError

import pytest

from voxpop_apps.api.following.daemon import DaemonExecutor

HANGS = """
import threading
from voxpop_apps.api.following.daemon import DaemonExecutor
thread, begun = DaemonExecutor("hangs"), threading.Event()
thread.submit(lambda: (begun.set(), threading.Event().wait()))
begun.wait()
thread.shutdown(wait=False, cancel_futures=True)
"""


def numbered(number: int) -> tuple[int, str]:
    return number, threading.current_thread().name


def test_calls_run_in_order_in_one_thread() -> None:
    thread = DaemonExecutor("calls")
    calls = [thread.submit(numbered, n) for n in range(5)]
    assert [call.result(10) for call in calls] == [(n, "calls") for n in range(5)]
    with pytest.raises(ZeroDivisionError):
        thread.submit(divmod, 1, 0).result(10)
    thread.shutdown()


def test_a_shutdown_cancels_what_waits() -> None:
    thread, begun, go_on = DaemonExecutor("calls"), threading.Event(), threading.Event()

    def wait() -> bool:
        begun.set()
        return go_on.wait(10)

    first = thread.submit(wait)
    second = thread.submit(int)
    assert begun.wait(10)
    thread.shutdown(wait=False, cancel_futures=True)
    go_on.set()
    assert first.result(10)
    with pytest.raises(CancelledError):
        second.result(10)


def test_a_call_that_hangs_does_not_keep_the_process_alive() -> None:
    subprocess.run([sys.executable, "-c", HANGS], check=True, timeout=60)
