"""Takes feedback: it is on the disk when it is accepted, and in the store soon after.

Two threads: one writes what came in to the spool, many records at one forced write; the other sends
batches to the store and goes on trying as long as that does not answer. The event loop waits for
neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from typing import TYPE_CHECKING

from voxpop import (
    DataError,
    FeedbackLog,
    FeedbackRecord,
    Settings,
    StoreError,
    VoxpopError,
    parse_records,
)
from voxpop_apps.api.errors import DeadlineExceededError, FeedbackUnavailableError
from voxpop_apps.api.feedback.recent import RecentRequests
from voxpop_apps.api.feedback.spool import Spool

if TYPE_CHECKING:
    from pathlib import Path

    from voxpop import ObjectStore
    from voxpop_apps.api.observability.background_metrics import FeedbackMetrics
    from voxpop_apps.api.settings import ApiSettings

logger = logging.getLogger(__name__)

_WAITING = 1_000  # records that may wait for the disk
_TOGETHER = 256  # records of one forced write
_LONGEST_RETRY_S = 60.0
_STOP_S = 10.0

_Waiting = tuple[bytes, "asyncio.Future[None]", asyncio.AbstractEventLoop]


class FeedbackDesk:
    """Where feedback goes, from its acceptance to the store.

    Attributes:
        recent: what was answered of late.
        log: what the store has; to be read outside of the event loop.
    """

    def __init__(self, settings: ApiSettings, store: ObjectStore, metrics: FeedbackMetrics) -> None:
        self.recent = RecentRequests(settings.feedback_recent)
        self.log = FeedbackLog(store)
        self._metrics = metrics
        self._flush_s = settings.feedback_flush_s
        self._most_bytes = settings.feedback_spool_bytes
        self._spool: Spool | None = None
        self._waiting: queue.Queue[_Waiting | None] = queue.Queue(_WAITING)
        self._stopping = threading.Event()
        self._writer = threading.Thread(target=self._write, name="voxpop-feedback", daemon=True)
        self._sender = threading.Thread(target=self._send, name="voxpop-sender", daemon=True)

    def start(self) -> None:
        """Begin to work. A spool that cannot be used is logged, and refuses what comes."""
        try:
            self._spool = Spool(Settings().home / "feedback-spool", self._most_bytes)
        except StoreError as error:
            logger.error("No feedback can be taken: %s", error)
            return
        self._writer.start()
        self._sender.start()

    def stop(self) -> None:
        """Write what was accepted, try once to send it, and leave the rest to the next start."""
        if self._spool is None:
            return
        with contextlib.suppress(queue.Full):  # the disk hangs: the process ends without the writer
            self._waiting.put(None, timeout=_STOP_S)
        self._writer.join(timeout=_STOP_S)
        self._stopping.set()
        self._sender.join(timeout=_STOP_S)
        if not (self._writer.is_alive() or self._sender.is_alive()):  # else they still need it
            self._spool.close()

    async def accept(self, record: FeedbackRecord, deadline: float | None = None) -> None:
        """Take a record: on return it is on this machine's disk.

        Args:
            record: what is to be kept.
            deadline: when to give up, in the event loop's time; None never does.

        Raises:
            FeedbackUnavailableError: it cannot be kept now, so that it was not taken.
            DeadlineExceededError: the disk took too long; nobody knows whether it was taken.
        """
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = loop.create_future()
        if self._spool is None:
            raise FeedbackUnavailableError("Feedback cannot be kept on this server now")
        try:
            self._waiting.put_nowait((record.to_line(), kept, loop))
        except queue.Full:
            raise FeedbackUnavailableError("Too much feedback waits already") from None
        try:
            async with asyncio.timeout_at(deadline):
                await kept
        except TimeoutError:
            raise DeadlineExceededError(
                "The feedback was not on the disk before the request's deadline, and may be kept "
                "or not. Give it again later; of several on one request the latest counts"
            ) from None
        verdict = "unknown"
        if record.predicted is not None:
            verdict = "right" if record.predicted == record.label else "wrong"
        self._metrics.accepted.labels(verdict).inc()

    def _write(self) -> None:
        spool = self._spool
        assert spool is not None  # noqa: S101 - started with one
        while (first := self._waiting.get()) is not None:
            together = [first]
            end = False
            while len(together) < _TOGETHER and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    end = True
                    break
                together.append(following)
            self._keep(spool, [one for one in together if not one[1].cancelled()])
            if end:
                return

    def _keep(self, spool: Spool, together: list[_Waiting]) -> None:
        """Write records and tell those who wait; never raises, or the writer would be gone."""
        fault: Exception | None = None
        try:
            if together:  # else all of them were given up
                spool.append(b"".join(line for line, _, _ in together))
        except Exception as error:  # noqa: BLE001 - whatever it is, the next ones may be kept
            logger.error("Feedback was refused: %s", _told(error))
            fault = FeedbackUnavailableError(
                "Feedback cannot be kept on this server now: its disk or its spool is full, "
                "or cannot be written"
            )
        self._metrics.spooled.set(spool.size_bytes)
        for _, kept, loop in together:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(_settle, kept, fault)

    def _send(self) -> None:
        wait_s = self._flush_s
        told = False
        while True:
            stopping = self._stopping.wait(wait_s)
            try:
                self._send_all()
            except Exception as error:  # noqa: BLE001 - whatever a plugin's store raises
                self._metrics.failures.inc()
                wait_s = min(wait_s * 2, max(_LONGEST_RETRY_S, self._flush_s))
                if not told:
                    logger.error("Feedback stays in the spool, to be sent later: %s", _told(error))
                told = True
            else:
                wait_s = self._flush_s
                if told:
                    logger.warning("Feedback is sent again")
                told = False
            if stopping:
                return

    def _send_all(self) -> None:
        spool = self._spool
        assert spool is not None  # noqa: S101 - started with one
        spool.seal()
        for batch in spool.batches():
            self._send_one(spool, batch)
        self._metrics.spooled.set(spool.size_bytes)

    def _send_one(self, spool: Spool, batch: Path) -> None:
        try:
            records = list(parse_records(batch.read_bytes(), str(batch)))
        except DataError as error:
            logger.error("A spooled batch of feedback is set aside: %s", error)
            spool.set_aside(batch)
            return
        self.log.append(batch.stem, records)
        spool.sent(batch)
        self._metrics.sent.inc(len(records))


def _told(error: Exception) -> str:
    # What others raise may quote a record, and so a review: then its kind has to do.
    return str(error) if isinstance(error, VoxpopError) else type(error).__name__


def _settle(kept: asyncio.Future[None], fault: Exception | None) -> None:
    if kept.done():  # the caller left
        return
    if fault is None:
        kept.set_result(None)
    else:
        kept.set_exception(fault)
