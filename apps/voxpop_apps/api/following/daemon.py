"""A thread for calls that may hang: the process ends without waiting for it."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Executor, Future
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    _Calls = queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]

_P = ParamSpec("_P")
_T = TypeVar("_T")


class DaemonExecutor(Executor):
    """Runs calls one after the other in a daemon thread, which the first call starts.

    The threads of `ThreadPoolExecutor` are joined when the interpreter ends, so that one call to a
    server that never answers would keep a stopped process alive.
    """

    def __init__(self, name: str) -> None:
        """Name the thread."""
        self._calls: _Calls = queue.SimpleQueue()
        self._thread = threading.Thread(target=_work, args=(self._calls,), name=name, daemon=True)

    def submit(
        self, function: Callable[_P, _T], /, *arguments: _P.args, **named: _P.kwargs
    ) -> Future[_T]:
        """Call the function when the calls before it have ended."""
        told: Future[_T] = Future()
        self._calls.put((told, partial(function, *arguments, **named)))
        if self._thread.ident is None:
            self._thread.start()
        return told

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the thread end after the calls at hand."""
        while cancel_futures:
            try:
                call = self._calls.get_nowait()
            except queue.Empty:
                break
            if call is not None:
                call[0].cancel()
        self._calls.put(None)
        if wait and self._thread.ident is not None:
            self._thread.join()


def _work(calls: _Calls) -> None:
    while (call := calls.get()) is not None:
        told, function = call
        if told.set_running_or_notify_cancel():
            try:
                told.set_result(function())
            except BaseException as error:  # noqa: BLE001 - given to whoever waits for the result
                told.set_exception(error)
        del call, told, function  # they may hold a version, which may be replaced meanwhile
