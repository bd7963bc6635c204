"""Some reviews of one request, waiting for the model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from voxpop_apps.api.errors import ApiError, DeadlineExceededError

if TYPE_CHECKING:
    from starlette.types import Receive

    from voxpop_apps.api.exchange import Exchange
    from voxpop_apps.api.served import Served

Outcome = list[float] | ApiError
"""What became of one review: the probability of every label, or why there is none."""

# A caller that waits longer than this is worth the cost of watching whether it is still there.
_PATIENCE_S = 0.02


class CallerLeftError(Exception):
    """The caller hung up: nobody waits for this answer."""


async def hang_up(receive: Receive) -> None:
    """Wait until the caller is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Job:
    """Some reviews of one request, all for one version.

    Attributes:
        served: the version that answers.
        texts: the reviews.
        units: how much work they are.
        deadline: when to give it up, in the event loop's time.
        done: what became of each, once known.
        request_id: of the request that brought them.
        model_s: how long the call of the model took that answered it.
    """

    __slots__ = (
        "_loop",
        "_receive",
        "_timer",
        "_watcher",
        "deadline",
        "done",
        "model_s",
        "request_id",
        "served",
        "texts",
        "units",
    )

    def __init__(
        self,
        served: Served,
        texts: list[str],
        units: int,
        exchange: Exchange,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.served = served
        self.texts = texts
        self.units = units
        self.deadline = exchange.deadline
        self.request_id = exchange.request_id
        self.model_s = 0.0
        self.done: asyncio.Future[list[Outcome]] = loop.create_future()
        self._receive = exchange.receive
        self._loop = loop
        self._watcher: asyncio.Task[None] | None = None
        first = min(exchange.deadline, loop.time() + _PATIENCE_S)
        self._timer = loop.call_at(first, self._lose_patience)

    def is_wanted(self, now: float) -> bool:
        """Say whether somebody still waits for it; what is past its deadline is given up."""
        if now >= self.deadline:
            self._expire()
        return not self.done.done()

    def settle(self, outcomes: list[Outcome]) -> None:
        """Hand over what became of each review, if somebody still waits."""
        if not self.done.done():
            self.done.set_result(outcomes)

    def fail(self, error: Exception) -> None:
        """Give it up."""
        if not self.done.done():
            self.done.set_exception(error)

    def close(self) -> None:
        """Stop the clock and the watch."""
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()

    def _lose_patience(self) -> None:
        if not self.is_wanted(self._loop.time()):
            return
        self._watcher = self._loop.create_task(self._watch())
        self._timer = self._loop.call_at(self.deadline, self._expire)

    async def _watch(self) -> None:
        await hang_up(self._receive)
        self.fail(CallerLeftError())

    def _expire(self) -> None:
        self.fail(
            DeadlineExceededError(
                "The review could not be answered before the request's deadline. "
                "Ask again later, or allow more time by X-Deadline-Ms"
            )
        )
