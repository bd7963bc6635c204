"""One file of reviews on its way: read, scored by the API, analysed, written.

It runs in a thread of its own, so it goes on while nobody looks; the page asks how far it is. When
the API goes away the job waits for it and keeps what is scored.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from voxpop import ReadingOptions, RunStopped, VoxpopError
from voxpop.insights import (
    FileReviews,
    Options,
    Page,
    analyse_reviews,
    check_set_from,
    make_page,
    read_reviews,
    unfavourable_labels,
    write_workbook,
)
from voxpop_apps.ui.api_client import ApiClient, ApiTroubleError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.insights import FileInsights

_Answer = TypeVar("_Answer")

logger = logging.getLogger(__name__)

_BATCH_REVIEWS, _BATCH_CHARACTERS = 250, 400_000  # of one request, well within the API's limits
_MOST_CHARACTERS = 100_000  # of one review: what the API takes; models read far less
_IN_FLIGHT = 4  # requests: the API puts them together, and one is always on its way
_LONGEST_WAIT_S = 10.0
_MOST_ATTEMPTS = 5  # when other versions take over in the middle


class State(StrEnum):
    """Where a job is."""

    QUEUED = "waiting for its turn"
    READING = "reading"
    SCORING = "scoring"
    ANALYSING = "analysing"
    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in (State.DONE, State.FAILED, State.CANCELLED)


class VersionChangedError(Exception):
    """Another version answers than at the beginning."""


@dataclass(eq=False)
class FileJob:
    """One file's way; what is below `state` may be read at any time.

    Attributes:
        number: names it; nobody can guess it.
        file: this job's own copy of what was dropped.
        name: what the person calls the file.
        options: how the file is read.
        state: where it is.
        done: reviews scored.
        total: reviews to score; 0 before the file is read.
        unfavourable: of those scored, called unfavourable.
        trouble: what the API does not do just now; empty when all is well.
        failure: why it failed.
        found: the insights, when it is done.
        page: the report, when it is done.
        truth: labels that a person gave to its reviews, by place.
        stop: set when the run at hand is to end.
    """

    number: str
    file: Path
    name: str
    options: ReadingOptions
    client: ApiClient
    state: State = State.QUEUED
    done: int = 0
    total: int = 0
    unfavourable: int = 0
    trouble: str = ""
    failure: str = ""
    found: FileInsights | None = None
    page: Page | None = None
    truth: dict[int, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    touched: float = field(default_factory=time.monotonic)
    stop: threading.Event = field(default_factory=threading.Event)
    _source: FileReviews | None = None
    _scores: NDArray[np.float64] | None = None
    _version: str | None = None

    def cancel(self) -> None:
        """Stop as soon as what is under way allows it; said at once. A report stays."""
        self.stop.set()
        if not self.state.is_over:
            self.state = State.CANCELLED if self.found is None else State.DONE

    def prepare_again(self) -> None:
        """Make a job that is over ready to run on; what is scored stays."""
        self.stop = threading.Event()
        self.failure = self.trouble = ""
        self.state = State.QUEUED

    def run(self, stop: threading.Event) -> None:
        """Do all of it; every fault ends in `failure`.

        Args:
            stop: the job's own when this run was asked for; a later run has another.
        """
        try:
            self._run(stop)
        except RunStopped:
            pass  # `cancel` said so already
        except (ApiTroubleError, VoxpopError) as error:
            self._fail(stop, str(error).replace(str(self.file), self.name))
        except OSError as error:
            self._fail(stop, f"The results cannot be written: {error.strerror or error}.")
        except Exception:
            logger.exception("An analysis failed")
            self._fail(stop, "This is a fault of Voxpop, not of your file; its log says more.")

    def _fail(self, stop: threading.Event, why: str) -> None:
        if not stop.is_set():
            self.failure = why
            self.state = State.FAILED if self.found is None else State.DONE

    def _enter(self, stop: threading.Event, state: State) -> None:
        if stop.is_set():
            raise RunStopped
        self.state, self.trouble = state, ""

    def _run(self, stop: threading.Event) -> None:
        for _ in range(_MOST_ATTEMPTS):
            try:
                return self._attempt(stop)
            except VersionChangedError:  # one file is judged by one version
                self._scores, self._version, self.done = None, None, 0
        raise ApiTroubleError(
            "The version that answers changed again and again. Go on when it stays.", may_pass=False
        )

    def _attempt(self, stop: threading.Event) -> None:
        self._enter(stop, State.READING)
        labels: tuple[str, ...] = tuple(self._asked(stop, self.client.model)["labels"])
        if self._source is None:
            self._source = read_reviews([self.file], self.options, labels=labels)
        source = self._source
        source.truth.update(self.truth)
        self.total = len(source)
        self._enter(stop, State.SCORING)
        self.began = time.monotonic()
        scores, version = self._score_file(stop, source.texts, labels)
        model = self._asked(stop, self.client.model)
        self._enter(stop, State.ANALYSING)
        known = model["evaluation"] if model["version"] == version else None
        found = analyse_reviews(
            source,
            scores,
            labels=labels,
            version=version,
            score=lambda texts: self._score_clauses(stop, texts, labels),
            check=check_set_from(
                known,
                unfavourable_labels(labels, None),
                version=version,
                data=model["parts"]["data"]["name"],
            ),
            options=Options(),
        )
        self._enter(stop, State.WRITING)
        page = make_page(found, more_at=f"/files/{self.number}/reviews/{{number}}")
        self.folder.joinpath("report.html").write_text(make_page(found).html, "utf-8", "replace")
        write_workbook(found, page.figures, self.folder / "insights.xlsx")
        if stop.is_set():
            raise RunStopped
        self.found, self.page = found, page  # before the state says that they are there
        self.state = State.DONE

    @property
    def folder(self) -> Path:
        """Where the job's files are."""
        return self.file.parent

    def _score_file(
        self, stop: threading.Event, texts: Sequence[str], labels: Sequence[str]
    ) -> tuple[NDArray[np.float64], str]:
        """Score the texts that are not scored yet."""
        if self._scores is None:
            self._scores = np.full((len(texts), len(labels)), np.nan)
        scores = self._scores
        bad = [labels.index(one) for one in unfavourable_labels(labels, None)]
        missing = np.flatnonzero(np.isnan(scores[:, 0])).tolist()
        for places, answers in self._batches(stop, texts, missing, labels):
            scores[places] = answers
            known = ~np.isnan(scores[:, 0])
            self.done = int(known.sum())
            self.unfavourable = int(np.isin(scores[known].argmax(axis=1), bad).sum())
        assert self._version is not None  # noqa: S101 - a file has at least one text
        return scores, self._version

    def _score_clauses(
        self, stop: threading.Event, texts: Sequence[str], labels: Sequence[str]
    ) -> NDArray[np.float64]:
        scores = np.zeros((len(texts), len(labels)))
        for places, answers in self._batches(stop, texts, range(len(texts)), labels):
            scores[places] = answers
        return scores

    def _batches(
        self,
        stop: threading.Event,
        texts: Sequence[str],
        places: Sequence[int],
        labels: Sequence[str],
    ) -> Iterator[tuple[list[int], NDArray[np.float64]]]:
        """Score the texts at these places, a few requests at a time."""
        waiting: deque[tuple[list[int], Future[NDArray[np.float64]]]] = deque()
        with ThreadPoolExecutor(_IN_FLIGHT) as pool:
            try:
                for batch in _cut(texts, places):
                    sent = [texts[place][:_MOST_CHARACTERS] for place in batch]
                    waiting.append((batch, pool.submit(self._answers, stop, sent, labels)))
                    if len(waiting) >= _IN_FLIGHT:
                        first, answers = waiting.popleft()
                        yield first, answers.result()
                while waiting:
                    first, answers = waiting.popleft()
                    yield first, answers.result()
            finally:
                for _, answers in waiting:
                    answers.cancel()

    def _answers(
        self, stop: threading.Event, texts: list[str], labels: Sequence[str]
    ) -> NDArray[np.float64]:
        answers, version = self._asked(stop, lambda: self._whole(texts))
        if self._version is None:
            self._version = version
        if version != self._version or set(answers[0]["probabilities"]) != set(labels):
            raise VersionChangedError
        return np.array([[one["probabilities"][label] for label in labels] for one in answers])

    def _whole(self, texts: list[str]) -> tuple[list[dict[str, Any]], str]:
        answers, version = self.client.predict_batch(texts, self.number)
        for answer in answers:
            if "problem" in answer:
                told = answer["problem"].get("detail") or answer["problem"].get("title")
                raise ApiTroubleError(f"The API cannot judge a review: {told}", may_pass=True)
        return answers, version

    def _asked(self, stop: threading.Event, ask: Callable[[], _Answer]) -> _Answer:
        """Ask until there is an answer, a fault that stays, or a stop."""
        wait_s = 0.5
        while True:
            if stop.is_set():
                raise RunStopped
            try:
                answer = ask()
            except ApiTroubleError as error:
                if not error.may_pass:
                    raise
                self.trouble = str(error)
                if stop.wait(max(wait_s, min(error.retry_after_s, _LONGEST_WAIT_S))):
                    raise RunStopped from error
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            else:
                self.trouble = ""
                return answer


def _cut(texts: Sequence[str], places: Sequence[int]) -> Iterator[list[int]]:
    batch: list[int] = []
    characters = 0
    for place in places:
        size = min(len(texts[place]), _MOST_CHARACTERS)
        if batch and (len(batch) >= _BATCH_REVIEWS or characters + size > _BATCH_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(place)
        characters += size
    if batch:
        yield batch
