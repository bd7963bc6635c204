"""What Prometheus is told.

What every request and every batch pays for is kept cheap: figures are only put aside, and counted
together: `_TOGETHER` at a time, or when the metrics are read.

With several workers each counts for itself in files of a folder that they share (the multi-process
mode of prometheus-client: `PROMETHEUS_MULTIPROC_DIR`, set before the workers start), and any of
them tells the sum of all, as it was a second ago at most. Counters, histograms and
`voxpop_queue_reviews` are sums; the gauges of drift are the worst of any worker's window;
`voxpop_version_info` is the number of workers.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from voxpop import TokenBatch
from voxpop_apps.api.observability.background_metrics import (
    SHARED,
    FeedbackMetrics,
    FollowingMetrics,
)
from voxpop_apps.api.observability.drift import DriftWindow
from voxpop_apps.api.observability.histograms import observe_all

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop_apps.api.served import Served

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_TOGETHER = 512  # requests and reviews
_LATEST_S = 1.0  # what a worker put aside is told by the others so much later at most
_VERSIONS = 10  # whose predictions are told apart at a time: a series more a version and label
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Metrics:
    """All that is counted. Not shared among threads, but for what says so.

    Args:
        drift_window: how many of the latest reviews the drift is measured on.
    """

    def __init__(self, *, drift_window: int = 2_000) -> None:
        self._registry = CollectorRegistry()
        self._drift_window = drift_window
        own = self._registry
        self._requests = Counter(
            "voxpop_requests", "Requests answered", ["route", "status"], registry=own
        )
        self._seconds = Histogram(
            "voxpop_request_seconds",
            "Seconds from a request's arrival to its answer",
            ["route"],
            buckets=_SECONDS,
            registry=own,
        )
        self._refusals = Counter("voxpop_refused", "Requests refused", ["reason"], registry=own)
        self._queue = Gauge(
            "voxpop_queue_reviews",
            "Reviews that wait or are worked on",
            registry=own,
            multiprocess_mode="livesum",
        )
        self._batch_reviews = Histogram(
            "voxpop_batch_reviews",
            "Reviews of one call of the model",
            buckets=(1, 2, 4, 8, 16, 32, 64),
            registry=own,
        )
        self._batch_seconds = Histogram(
            "voxpop_batch_seconds",
            "Seconds of one call of tokenizer and model",
            buckets=_SECONDS,
            registry=own,
        )
        self._predictions = Counter(
            "voxpop_predictions", "Reviews judged", ["version", "label"], registry=own
        )
        self._confidence = Histogram(
            "voxpop_confidence",
            "The probability of the label shown",
            buckets=(0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99),
            registry=own,
        )
        self._psi = Gauge(
            "voxpop_drift_psi",
            "Population stability index of the latest reviews against the training reviews",
            ["version", "of"],
            registry=own,
            multiprocess_mode="livemax",
        )
        self._window = Gauge(
            "voxpop_drift_window_reviews",
            "How many of the latest reviews the drift is measured on",
            ["version"],
            registry=own,
            multiprocess_mode="livesum",
        )
        self._mean_tokens = Gauge(
            "voxpop_review_tokens_mean",
            "Mean tokens of the latest reviews",
            ["version"],
            registry=own,
            multiprocess_mode="livemax",
        )
        self._unknown = Gauge(
            "voxpop_unknown_word_share",
            "Share of unknown words of the latest reviews' tokens",
            ["version"],
            registry=own,
            multiprocess_mode="livemax",
        )
        self._unknown_then = Gauge(
            "voxpop_unknown_word_share_trained",
            "Share of unknown words of the training reviews' tokens",
            ["version"],
            registry=own,
            multiprocess_mode="livemax",
        )
        if SHARED not in os.environ:  # what one of several workers takes says little of them all
            ProcessCollector(registry=own)
        self.following = FollowingMetrics(own)
        self.feedback = FeedbackMetrics(own)
        self._durations: dict[tuple[str, int], list[float]] = {}
        self._batches: list[tuple[int, float]] = []  # reviews, seconds
        self._shared = SHARED in os.environ
        self._is_due = False
        self._watched: OrderedDict[str, _Watched] = OrderedDict()
        self._pending = 0

    def request_done(self, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is the path's pattern, never what a caller made up."""
        seconds_each = self._durations.get((route, status))
        if seconds_each is None:
            seconds_each = self._durations[route, status] = []
        seconds_each.append(seconds)
        self._put_aside(1)

    def refused(self, reason: str) -> None:
        """A request was refused; `reason` is the code of its problem."""
        self._refusals.labels(reason).inc()

    def queue_depth(self, reviews: int) -> None:
        """So many reviews wait or are worked on."""
        self._queue.set(reviews)

    def batch_done(self, size: int, seconds: float) -> None:
        """A call of the model answered so many reviews."""
        self._batches.append((size, seconds))

    def predicted(self, served: Served, tokens: TokenBatch, answers: NDArray[np.float64]) -> None:
        """Reviews were encoded so and answered so, with probabilities of shape (n, k)."""
        watched = self._watched.get(served.version)
        if watched is None:
            watched = self._watch(served)
        watched.pending.append((tokens, answers))
        self._put_aside(len(answers))

    def count_pending(self) -> None:
        """Count what was put aside."""
        self._pending = 0
        for (route, status), seconds in self._durations.items():
            if seconds:
                self._requests.labels(route, str(status)).inc(len(seconds))
                observe_all(self._seconds.labels(route), seconds)
                seconds.clear()
        observe_all(self._batch_reviews, (size for size, _ in self._batches))
        observe_all(self._batch_seconds, (seconds for _, seconds in self._batches))
        self._batches.clear()
        for version, watched in self._watched.items():
            if watched.pending:
                self._count_predictions(version, watched)

    def render(self) -> bytes:
        """Give all metrics of all workers in Prometheus' text format."""
        self.count_pending()
        return self._render()

    async def render_aside(self) -> bytes:
        """Give what `render` gives; the files of many workers are read outside of the loop."""
        self.count_pending()
        return await asyncio.to_thread(self._render)

    def _render(self) -> bytes:
        folder = os.environ.get(SHARED)
        if folder is None:
            return generate_latest(self._registry)
        _bury_dead_workers(Path(folder))
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody, folder)  # type: ignore[no-untyped-call]
        return generate_latest(everybody)

    def _put_aside(self, reviews: int) -> None:
        self._pending += reviews
        if self._pending >= _TOGETHER:
            self.count_pending()
        elif self._shared and not self._is_due:  # another worker may be asked, and never this one
            self._is_due = True
            asyncio.get_running_loop().call_later(_LATEST_S, self._count_due)

    def _count_due(self) -> None:
        self._is_due = False
        self.count_pending()

    def _watch(self, served: Served) -> _Watched:
        watched = self._watched[served.version] = _Watched(
            served, self._predictions, self._drift_window
        )
        then = served.classifier.manifest.baseline.oov_share
        if then is not None:
            self._unknown_then.labels(served.version).set(then)
        if len(self._watched) > _VERSIONS:
            gone, old = self._watched.popitem(last=False)
            self._forget(gone, old)
        return watched

    def _forget(self, version: str, watched: _Watched) -> None:
        if SHARED in os.environ:
            return  # in files that are shared, nothing can be removed
        for label in watched.labels:
            self._predictions.remove(version, label)
        for of in watched.told:
            self._psi.remove(version, of)
        for gauge in (self._window, self._mean_tokens, self._unknown, self._unknown_then):
            gauge.remove(version)

    def _count_predictions(self, version: str, watched: _Watched) -> None:
        observe_all(self._confidence, watched.count())
        drift = watched.window.drift()
        self._window.labels(version).set(drift.reviews)
        self._mean_tokens.labels(version).set(drift.mean_tokens)
        if drift.unknown_share is not None:
            self._unknown.labels(version).set(drift.unknown_share)
        for of, psi in drift.psi.items():
            watched.told.add(of)
            self._psi.labels(version, of).set(psi)


class _Watched:
    """What is counted of one version; it holds nothing that keeps the version in memory."""

    def __init__(self, served: Served, predictions: Counter, window: int) -> None:
        classifier = served.classifier
        self.labels = classifier.labels
        self.pending: list[tuple[TokenBatch, NDArray[np.float64]]] = []
        self.told: set[str] = set()
        oov_id: int | None = getattr(classifier.tokenizer, "oov_id", None)
        self.window = DriftWindow(classifier.manifest, oov_id, window)
        self._counters = [predictions.labels(served.version, label) for label in self.labels]

    def count(self) -> list[float]:
        """Count what was put aside; give the confidence of each prediction."""
        pending, self.pending = self.pending, []
        answers = np.concatenate([answers for _, answers in pending])
        labels = answers.argmax(axis=1)
        self.window.add(_joined([tokens for tokens, _ in pending]), labels)
        for counter, count in zip(
            self._counters, np.bincount(labels, minlength=len(self.labels)).tolist(), strict=True
        ):
            if count:
                counter.inc(count)
        confidences: list[float] = answers.max(axis=1).tolist()
        return confidences


def _joined(batches: list[TokenBatch]) -> TokenBatch:
    lengths = np.concatenate([batch.lengths for batch in batches])
    ids = np.zeros((len(lengths), max(batch.ids.shape[1] for batch in batches)), np.int32)
    start = 0
    for batch in batches:
        ids[start : start + len(batch), : batch.ids.shape[1]] = batch.ids
        start += len(batch)
    return TokenBatch(ids, lengths)


def _bury_dead_workers(folder: Path) -> None:
    """Let the gauges of workers that ended count no more; their counters stay."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit():
            try:
                os.kill(int(pid), 0)
            except ProcessLookupError:
                mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]
            except PermissionError:  # it lives, and is another user's
                continue
