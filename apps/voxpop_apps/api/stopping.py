"""How the server stops: in order at the first signal, at once at the second.

uvicorn raises the signal again after it has drained, so that a container that stopped in order
looks as if it had been killed. Here an orderly stop is a success, for SIGTERM as for Ctrl-C.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

import uvicorn
import uvicorn.supervisors

from voxpop import VoxpopError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_KILLED = 128  # plus the signal's number: the status that shells give to who was killed


def end_when_told() -> None:
    """End at once at a signal, as there is nothing to drain before the server listens.

    A signal's default action will not do: the first process of a container ignores it, and the
    KeyboardInterrupt of Ctrl-C is lost when it is raised in a callback of an import.
    """
    for each in _SIGNALS:
        signal.signal(each, lambda sig, frame: os._exit(_KILLED + sig))


class Server(uvicorn.Server):
    """Serves in this process.

    Attributes:
        drained: whether every request under way was answered before the stop.
    """

    drained = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in order, or at once if that was asked for already."""
        if self.should_exit:
            # Not by the signal's default action, which the first process of a container ignores.
            os._exit(_KILLED + sig)
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Hear signals; unlike uvicorn's own, never raise them again."""
        before = {each: signal.signal(each, self.handle_exit) for each in _SIGNALS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen.

        Raises:
            VoxpopError: something failed that uvicorn has logged. Its own status, 3, is the one of
                wrong settings here.
        """
        try:
            await super().startup(sockets)
        except SystemExit as end:
            raise VoxpopError("The API could not start; its log lines above say why") from end

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let requests end, and note whether they did in time."""
        limit_s = self.config.timeout_graceful_shutdown
        late = limit_s and asyncio.get_running_loop().call_later(limit_s, self._is_late)
        await super().shutdown(sockets)
        if late:
            late.cancel()

    def _is_late(self) -> None:
        self.drained = not (self.server_state.connections or self.server_state.tasks)


class Workers(uvicorn.supervisors.Multiprocess):
    """Serves in several processes, each started again when it dies.

    Attributes:
        drained: whether every worker ended within the time that requests under way have.
        was_told: whether a signal asked for the stop; otherwise a worker could not start.
    """

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self.drained = True
        self.was_told = False
        for each in _SIGNALS:
            signal.signal(each, self._hear)

    def terminate_all(self) -> None:
        """Let the workers end, and take no new connection meanwhile."""
        super().terminate_all()
        for listener in self.sockets:
            listener.close()

    def join_all(self) -> None:
        """Wait for the workers, and note whether they ended in time."""
        end = time.monotonic() + (self.config.timeout_graceful_shutdown or 0)
        for worker in self.processes:
            worker.process.join(max(0.0, end - time.monotonic()))
        self.drained = all(worker.process.exitcode is not None for worker in self.processes)
        super().join_all()

    def _hear(self, sig: int, frame: FrameType | None) -> None:
        if self.was_told:
            for worker in self.processes:
                worker.process.kill()
            raise SystemExit(_KILLED + sig)
        self.was_told = True
        self.signal_queue.append(sig)


def run(config: uvicorn.Config, listener: socket.socket) -> None:
    """Serve until a signal, then let requests under way end.

    Raises:
        VoxpopError: requests took longer to end than they may, and were broken off; or a worker
            process could not start.
    """
    if config.workers == 1:
        server = Server(config)
        server.run(sockets=[listener])
        drained = server.drained
    else:
        workers = Workers(config, [listener])
        workers.run()
        if not workers.was_told:
            raise VoxpopError("A worker process could not start; its log lines above say why")
        drained = workers.drained
    if not drained:
        raise VoxpopError(
            f"Requests under way took longer than {config.timeout_graceful_shutdown} s to end and "
            "were broken off. VOXPOP_API_DRAIN_S says how long they may take"
        )
