"""The shadow: a second version that judges the same reviews, for comparison alone."""

from __future__ import annotations

import logging
import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voxpop_apps.api.following.followed import Followed
    from voxpop_apps.api.observability.background_metrics import FollowingMetrics
    from voxpop_apps.api.served import Served

logger = logging.getLogger(__name__)

_BATCHES = 64  # that may wait; more are dropped, and counted


class Shadow:
    """Judges what it is shown in a thread of its own, and counts where it differs.

    Reviews of labels that it does not have in the same order are not compared.
    """

    def __init__(self, followed: Followed, metrics: FollowingMetrics) -> None:
        self._followed = followed
        self._metrics = metrics
        self._waiting: queue.Queue[tuple[Served, list[str], NDArray[np.float64]] | None] = (
            queue.Queue(_BATCHES)
        )
        self._thread = threading.Thread(target=self._work, name="voxpop-shadow", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand, leave the rest."""
        while True:
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                break
        self._waiting.put(None)
        self._thread.join(timeout=10)

    def observe(self, served: Served, texts: list[str], answers: NDArray[np.float64]) -> None:
        """Take reviews and their answers if there is room; never waits."""
        other = self._followed.served
        if other is None or other.version == served.version:
            return
        try:
            self._waiting.put_nowait((served, texts, answers))
        except queue.Full:
            self._metrics.shadow_dropped.inc(len(texts))

    def _work(self) -> None:
        while (batch := self._waiting.get()) is not None:
            try:
                self._compare(*batch)
            except Exception as error:  # noqa: BLE001 - whatever a plugin's code raises
                # Not the error's message, which may quote a review.
                logger.error(
                    "The shadow failed on %d reviews: %s", len(batch[1]), type(error).__name__
                )
            del batch  # it holds a version, which may have been replaced meanwhile

    def _compare(self, served: Served, texts: list[str], answers: NDArray[np.float64]) -> None:
        other = self._followed.served
        if other is None or other.classifier.labels != served.classifier.labels:
            return
        theirs = other.classifier.probabilities(texts)
        shown = answers.argmax(axis=1)
        self._metrics.shadow_scored.inc(len(texts))
        self._metrics.shadow_differed.inc(int((theirs.argmax(axis=1) != shown).sum()))
        for row, label in enumerate(shown):
            self._metrics.shadow_distance.observe(abs(answers[row, label] - theirs[row, label]))
