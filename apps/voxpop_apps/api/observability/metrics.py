"""What Prometheus is told.

What every request and every batch pays for is kept cheap: label children are looked up in plain
dictionaries, and predictions are only put aside and counted together, `_TOGETHER` at a time.

With several workers each counts for itself in files of a folder that they share (the multi-process
mode of prometheus-client: `PROMETHEUS_MULTIPROC_DIR`, set before the workers start), and any of
them tells the sum of all. Counters, histograms and `voxpop_queue_reviews` are sums; the gauges of
drift are the worst of any worker's window; `voxpop_version_info` is the number of workers.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from voxpop import TokenBatch
from voxpop_apps.api.observability.background_metrics import (
    SHARED,
    FeedbackMetrics,
    FollowingMetrics,
)
from voxpop_apps.api.observability.drift import DriftWindow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop_apps.api.served import Served

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_TOGETHER = 64  # predictions are counted so many at a time, or when the metrics are read
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
        self.following = FollowingMetrics(own)
        self.feedback = FeedbackMetrics(own)
        self._request_children: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._watched: OrderedDict[str, _Watched] = OrderedDict()
        self._pending = 0

    def request_done(self, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is the path's pattern, never what a caller made up."""
        children = self._request_children.get((route, status))
        if children is None:
            children = (self._requests.labels(route, str(status)), self._seconds.labels(route))
            self._request_children[route, status] = children
        children[0].inc()
        children[1].observe(seconds)

    def refused(self, reason: str) -> None:
        """A request was refused; `reason` is the code of its problem."""
        self._refusals.labels(reason).inc()

    def queue_depth(self, reviews: int) -> None:
        """So many reviews wait or are worked on."""
        self._queue.set(reviews)

    def batch_done(self, size: int, seconds: float) -> None:
        """A call of the model answered so many reviews."""
        self._batch_reviews.observe(size)
        self._batch_seconds.observe(seconds)

    def predicted(self, served: Served, tokens: TokenBatch, answers: NDArray[np.float64]) -> None:
        """Reviews were encoded so and answered so, with probabilities of shape (n, k)."""
        watched = self._watched.get(served.version)
        if watched is None:
            watched = self._watch(served)
        watched.pending.append((tokens, answers))
        self._pending += len(answers)
        if self._pending >= _TOGETHER:
            self._count_pending()

    def render(self) -> bytes:
        """Give all metrics of all workers in Prometheus' text format."""
        self._count_pending()
        folder = os.environ.get(SHARED)
        if folder is None:
            return generate_latest(self._registry)
        _bury_dead_workers(Path(folder))
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody, folder)  # type: ignore[no-untyped-call]
        return generate_latest(everybody)

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

    def _count_pending(self) -> None:
        for version, watched in self._watched.items():
            if not watched.pending:
                continue
            for confidence in watched.count():
                self._confidence.observe(confidence)
            drift = watched.window.drift()
            self._window.labels(version).set(drift.reviews)
            self._mean_tokens.labels(version).set(drift.mean_tokens)
            if drift.unknown_share is not None:
                self._unknown.labels(version).set(drift.unknown_share)
            for of, psi in drift.psi.items():
                watched.told.add(of)
                self._psi.labels(version, of).set(psi)
        self._pending = 0


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
