"""Coalesces what arrives together into one call of the model, and bounds what may wait.

There is no timer: the first review that arrives while the model is idle asks for a turn at the end
of the event loop's present round, and takes along whatever the same round brought. While the model
is busy reviews wait, and the next turn takes them together. Cheap turns run inside the event loop,
since handing work to a thread and back costs more than the model does; a turn that is expected to
block the loop for longer than `pace.INLINE_S` runs in the scorer's thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

from voxpop_apps.api.errors import DeadlineExceededError, QueueFullError
from voxpop_apps.api.execution.calls import Call, call, call_safely, explain_safely
from voxpop_apps.api.execution.job import CallerLeftError, Job, Outcome
from voxpop_apps.api.execution.pace import Pace
from voxpop_apps.api.observability.spans import request_span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voxpop import Explanation, TokenBatch
    from voxpop_apps.api.errors import ApiError
    from voxpop_apps.api.exchange import Exchange
    from voxpop_apps.api.served import Served

__all__ = ["CallerLeftError", "Outcome", "Scorer"]

_EXPLAINED = (
    32  # an explanation asks the model about as many texts as there are words: it counts so
)
_BATCH = 32  # reviews of one call of the model: more gain nothing and delay their neighbours


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
        self._admit(served, len(texts), exchange)
        try:
            if len(texts) <= _BATCH:
                return await self._answer(served, texts, exchange)
            outcomes: list[Outcome] = []
            for start in range(0, len(texts), _BATCH):
                slice_ = texts[start : start + _BATCH]
                outcomes += await self._answer(served, slice_, exchange)
            return outcomes
        finally:
            self._leave(len(texts))

    async def explain(self, served: Served, text: str, exchange: Exchange) -> Explanation:
        """Explain the prediction of a text, in the scorer's thread.

        Raises:
            QueueFullError: too much waits already.
            DeadlineExceededError: the exchange's deadline passed.
            ModelFailedError: the model broke on the text.
        """
        self._admit(served, _EXPLAINED, exchange)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(exchange.deadline):
                return await loop.run_in_executor(self._thread, explain_safely, served, text)
        except TimeoutError:
            raise DeadlineExceededError(
                "The review could not be explained before the request's deadline. "
                "Ask again later, or allow more time by X-Deadline-Ms"
            ) from None
        finally:
            self._leave(_EXPLAINED)

    @property
    def reviews(self) -> int:
        """How many reviews wait or are worked on."""
        return self._admitted

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _admit(self, served: Served, reviews: int, exchange: Exchange) -> None:
        wait_s = self._pace(served).seconds(self._admitted) or 0.0
        left_s = exchange.deadline - asyncio.get_running_loop().time()
        if left_s <= 0:
            raise DeadlineExceededError(
                "The request's deadline passed before its reviews could wait their turn. "
                "Ask again later, or allow more time by X-Deadline-Ms"
            )
        if self._admitted + reviews > self._limit or wait_s > left_s:
            raise QueueFullError(
                f"{self._admitted:,} reviews wait already, of {self._limit:,} that may. "
                "Ask again later",
                retry_after_s=wait_s,
            )
        self._admitted += reviews
        self._watchers.queue_depth(self._admitted)

    def _leave(self, reviews: int) -> None:
        self._admitted -= reviews
        self._watchers.queue_depth(self._admitted)

    async def _answer(self, served: Served, texts: list[str], exchange: Exchange) -> list[Outcome]:
        loop = asyncio.get_running_loop()
        job = Job(served, texts, exchange, loop)
        arrived = loop.time()
        self._waiting.append(job)
        if not self._turn_is_due:
            self._turn_is_due = True
            loop.call_soon(self._turn, loop)
        try:
            outcomes = await job.done
        finally:
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
        work = loop.run_in_executor(self._thread, call_safely, jobs[0].served, texts)
        work.add_done_callback(lambda work: self._settle(jobs, work.result(), loop))

    def _take(self, now: float) -> list[Job]:
        """Take the oldest jobs of one version: a batch, or less if only less fits into the loop."""
        taken: list[Job] = []
        skipped: list[Job] = []
        reviews = units = 0
        pace = Pace()
        while self._waiting and reviews < _BATCH:
            job = self._waiting.popleft()
            if not job.is_wanted(now):
                continue
            if taken and job.served is not taken[0].served:
                skipped.append(job)
                continue
            if taken and (
                reviews + len(job.texts) > _BATCH
                or (pace.fits(units) and not pace.fits(units + job.units))
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
