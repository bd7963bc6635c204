"""Coalesces what arrives together into one call of the model, and bounds what may wait.

There is no timer: the first review that arrives while the model is idle asks for a turn at the end
of the event loop's present round, and takes along whatever the same round brought. While the model
is busy reviews wait, and the next turn takes them together. Cheap turns run inside the event loop,
since handing work to a thread and back costs more than the model does; a turn that is expected to
block the loop for longer than `pace.INLINE_S` runs in the scorer's thread.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

from voxpop_apps.api.errors import DeadlineExceededError, QueueFullError
from voxpop_apps.api.execution.calls import Call, call, call_safely, explain_safely
from voxpop_apps.api.execution.job import CallerLeftError, Job, Outcome, hang_up
from voxpop_apps.api.execution.pace import EXPLAINED, Pace, units_of
from voxpop_apps.api.observability.spans import request_span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voxpop import Explanation, TokenBatch
    from voxpop_apps.api.errors import ApiError
    from voxpop_apps.api.exchange import Exchange
    from voxpop_apps.api.served import Served

__all__ = ["CallerLeftError", "Outcome", "Scorer"]

_BATCH = 32  # reviews of one call of the model: more gain nothing and delay their neighbours
_BATCH_UNITS = 64  # of work in one call of several reviews: long ones delay their neighbours too


class Watchers(Protocol):
    """Who is told of what the scorer does; cheap, and never failing."""

    def queue_depth(self, reviews: int) -> None:
        """So many reviews wait or are worked on."""

    def batch_done(self, size: int, seconds: float) -> None:
        """A call of the model answered so many reviews."""

    def scored(
        self, served: Served, texts: list[str], tokens: TokenBatch, answers: NDArray[np.float64]
    ) -> None:
        """These texts were encoded so and answered so."""


class Scorer:
    """Answers reviews with the version that each request captured at its arrival."""

    def __init__(self, *, limit: int, watchers: Watchers) -> None:
        """Answer reviews; at most `limit` of them wait or are worked on at a time."""
        self._limit = limit
        self._watchers = watchers
        self._admitted = 0
        self._queued_units = 0
        self._waiting: deque[Job] = deque()
        self._turn_is_due = False
        self._paces: WeakKeyDictionary[Served, Pace] = WeakKeyDictionary()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="voxpop-model")

    async def score(self, served: Served, texts: list[str], exchange: Exchange) -> list[Outcome]:
        """Give what became of each text, in order.

        Long lists are worked on slice by slice, so that other callers get their turns in between.

        Raises:
            QueueFullError: too much waits already, or all of it would take longer than allowed.
            DeadlineExceededError: the exchange's deadline passed.
            CallerLeftError: the caller hung up.
        """
        units = sum(map(units_of, texts))
        self._admit(served, len(texts), units, exchange)
        try:
            if len(texts) == 1 or (len(texts) <= _BATCH and units <= _BATCH_UNITS):
                return await self._answer(served, texts, units, exchange)
            outcomes: list[Outcome] = []
            for slice_, units_in_it in _slices(texts):
                outcomes += await self._answer(served, slice_, units_in_it, exchange)
            return outcomes
        finally:
            self._leave(len(texts))

    async def explain(self, served: Served, text: str, exchange: Exchange) -> Explanation:
        """Explain the prediction of a text, in the scorer's thread.

        Raises:
            QueueFullError: too much waits already, or all of it would take longer than allowed.
            DeadlineExceededError: the exchange's deadline passed.
            CallerLeftError: the caller hung up.
            ModelFailedError: the model broke on the text.
        """
        units = EXPLAINED + units_of(text)
        self._admit(served, EXPLAINED, units, exchange)
        self._queued_units += units
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._thread, explain_safely, served, text, exchange.request_id)
        left = loop.create_task(hang_up(exchange.receive))
        try:
            first: set[asyncio.Future[Any]] = {work, left}
            left_s = exchange.deadline - loop.time()
            await asyncio.wait(first, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            if left.done():
                raise CallerLeftError
            raise DeadlineExceededError(
                "The review could not be explained before the request's deadline. "
                "Ask again later, or allow more time by X-Deadline-Ms"
            )
        finally:
            left.cancel()
            work.cancel()  # it never begins, if it did not already
            self._queued_units -= units
            self._leave(EXPLAINED)

    @property
    def reviews(self) -> int:
        """How many reviews wait or are worked on."""
        return self._admitted

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _admit(self, served: Served, reviews: int, units: int, exchange: Exchange) -> None:
        left_s = exchange.deadline - asyncio.get_running_loop().time()
        if left_s <= 0:
            raise DeadlineExceededError(
                "The request's deadline passed before its reviews could wait their turn. "
                "Ask again later, or allow more time by X-Deadline-Ms"
            )
        pace = self._pace(served)
        wait_s = pace.seconds(self._queued_units) or 0.0
        if self._admitted + reviews > self._limit:
            raise QueueFullError(
                f"{self._admitted:,} reviews wait already, of {self._limit:,} that may, and this "
                f"request counts as {reviews:,}. Ask again later",
                retry_after_s=wait_s,
            )
        # What is alone is tried whatever is expected of it, or a wrong guess would stay for ever.
        own_s = pace.seconds(units) or 0.0
        if self._queued_units and wait_s + own_s > left_s:
            raise QueueFullError(
                f"What waits already takes about {wait_s:.2g} s and this request {own_s:.2g} s, "
                f"and it has {left_s:.2g} s. Ask again later, or allow more by X-Deadline-Ms",
                retry_after_s=wait_s,
            )
        self._admitted += reviews
        self._watchers.queue_depth(self._admitted)

    def _leave(self, reviews: int) -> None:
        self._admitted -= reviews
        self._watchers.queue_depth(self._admitted)

    async def _answer(
        self, served: Served, texts: list[str], units: int, exchange: Exchange
    ) -> list[Outcome]:
        loop = asyncio.get_running_loop()
        job = Job(served, texts, units, exchange, loop)
        arrived = loop.time()
        self._queued_units += units
        self._waiting.append(job)
        if not self._turn_is_due:
            self._turn_is_due = True
            loop.call_soon(self._turn, loop)
        try:
            outcomes = await job.done
        finally:
            self._queued_units -= units
            job.close()
        if (span := request_span.get()) is not None:
            span.scored(max(0.0, loop.time() - arrived - job.model_s), job.model_s)
        return outcomes

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Answer what waits, or a part of it."""
        jobs = self._take(loop.time())
        if not jobs:
            self._turn_is_due = False
            return
        served = jobs[0].served
        texts = [text for job in jobs for text in job.texts]
        if not self._pace(served).fits(sum(job.units for job in jobs)):
            self._hand_over(jobs, texts, loop)
            return
        try:
            result = call(served, texts)
        except Exception:  # noqa: BLE001 - a plugin's fault, looked into outside of the loop
            self._hand_over(jobs, texts, loop)
        else:
            self._settle(jobs, [result], loop)

    def _hand_over(
        self, jobs: list[Job], texts: list[str], loop: asyncio.AbstractEventLoop
    ) -> None:
        request_ids = [job.request_id for job in jobs for _ in job.texts]
        work = loop.run_in_executor(self._thread, call_safely, jobs[0].served, texts, request_ids)
        work.add_done_callback(lambda work: self._settle(jobs, work.result(), loop))

    def _take(self, now: float) -> list[Job]:
        """Take the oldest jobs of one version: a batch, or less if only less is done in time."""
        taken: list[Job] = []
        skipped: list[Job] = []
        reviews = units = 0
        nearest = math.inf
        pace = Pace()
        while self._waiting and reviews < _BATCH:
            job = self._waiting.popleft()
            if not job.is_wanted(now):
                continue
            if taken and job.served is not taken[0].served:
                skipped.append(job)
                continue
            nearest = min(nearest, job.deadline)
            if taken and (
                reviews + len(job.texts) > _BATCH
                or units + job.units > _BATCH_UNITS
                or not pace.lets_in(units, job.units, nearest - now)
            ):
                skipped.append(job)
                break
            if not taken:
                pace = self._pace(job.served)
            taken.append(job)
            reviews += len(job.texts)
            units += job.units
        self._waiting.extendleft(reversed(skipped))
        return taken

    def _settle(
        self, jobs: list[Job], results: list[Call | ApiError], loop: asyncio.AbstractEventLoop
    ) -> None:
        """Give every job its outcomes, go on with what waits, and tell the watchers."""
        outcomes: list[Outcome] = []
        for result in results:
            if isinstance(result, Call):
                outcomes += result.answers.tolist()
            else:
                outcomes.append(result)
        start = 0
        model_s = sum(result.seconds for result in results if isinstance(result, Call))
        for job in jobs:
            job.model_s = model_s
            job.settle(outcomes[start : start + len(job.texts)])
            start += len(job.texts)
        self._turn_is_due = bool(self._waiting)
        if self._waiting:
            loop.call_soon(self._turn, loop)
        served = jobs[0].served
        for result in results:
            if isinstance(result, Call):
                self._pace(served).learn(result.units, result.seconds)
                self._watchers.batch_done(len(result.texts), result.seconds)
                self._watchers.scored(served, result.texts, result.tokens, result.answers)

    def _pace(self, served: Served) -> Pace:
        pace = self._paces.get(served)
        if pace is None:
            pace = self._paces[served] = Pace()
        return pace


def _slices(texts: list[str]) -> Iterator[tuple[list[str], int]]:
    """Cut a long list into what one call of the model takes, with the work that each piece is."""
    slice_: list[str] = []
    units = 0
    for text in texts:
        more = units_of(text)
        if slice_ and (len(slice_) == _BATCH or units + more > _BATCH_UNITS):
            yield slice_, units
            slice_, units = [], 0
        slice_.append(text)
        units += more
    yield slice_, units
