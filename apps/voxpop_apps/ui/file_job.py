"""One file of reviews on its way: read, scored by the API, analysed, written.

It runs in a thread of its own, so it goes on while nobody looks; the page asks how far it is. When
the API goes away the job waits for it and keeps what is scored.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voxpop import Event, Progress, ReadingOptions, RunStopped, VoxpopError
from voxpop.insights import (
    Advice,
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
from voxpop_apps.ui.choices import in_words_of_the_page
from voxpop_apps.ui.memory import give_back
from voxpop_apps.ui.pace import Pace
from voxpop_apps.ui.scored_file import write_scored
from voxpop_apps.ui.scoring import Scoring, VersionChangedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.insights import FileInsights

logger = logging.getLogger(__name__)

_MOST_ATTEMPTS = 5  # when other versions take over in the middle
_ADVICE = Advice(
    product="choose it above, under the file and its columns",
    date="choose it above, under the file and its columns",
    rating="choose it above, under the file and its columns",
    labels="label 100 of your own, drawn at random, below the report",
    more="in the workbook",
    all_products="in the workbook",
)


class State(StrEnum):
    """Where a job is."""

    DROPPED = "not begun"
    QUEUED = "waiting for its turn"
    READING = "reading"
    SCORING = "scoring"
    ANALYSING = "analysing"
    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_under_way(self) -> bool:
        """Whether something happens, or will when others are done."""
        return self is not State.DROPPED and not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(eq=False)
class FileJob:
    """One file's way; what is below `state` may be read at any time.

    Attributes:
        number: names it; nobody can guess it.
        file: this job's own copy of what was dropped.
        name: what the person calls the file.
        choices: what the person chose of it, as `look_at` takes it.
        options: how the file is read.
        state: where it is.
        step: what it does just now, and how far that is.
        done: reviews scored.
        total: reviews to score; 0 before the file is read.
        unfavourable: of those scored, called unfavourable.
        trouble: what the API does not do just now; empty when all is well.
        failure: why it failed.
        found: the insights, when it is done.
        page: the report, when it is done.
        truth: labels that a person gave to its reviews, by place.
        pace: how fast it is scored.
        stop: set when the run at hand is to end.
        runs: how many were begun.
    """

    number: str
    file: Path
    name: str
    client: ApiClient
    choices: Mapping[str, str] = field(default_factory=dict)
    options: ReadingOptions = field(default_factory=ReadingOptions)
    state: State = State.DROPPED
    step: str = ""
    done: int = 0
    total: int = 0
    unfavourable: int = 0
    trouble: str = ""
    failure: str = ""
    found: FileInsights | None = None
    page: Page | None = None
    truth: dict[int, str] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    touched: float = field(default_factory=time.monotonic)
    stop: threading.Event = field(default_factory=threading.Event)
    runs: int = 0
    _source: FileReviews | None = None
    _scores: NDArray[np.float64] | None = None
    _scoring: Scoring = field(init=False)

    def __post_init__(self) -> None:
        self._scoring = Scoring(self.client, self.number, self._hear)

    def cancel(self) -> None:
        """Stop as soon as what is under way allows it; said at once. A report stays."""
        self.stop.set()
        if not self.state.is_over:
            self.state = State.CANCELLED if self.found is None else State.DONE

    def prepare(self) -> threading.Event:
        """Make a job ready that is not under way, and give what stops this run."""
        self.stop = threading.Event()
        self.failure = self.trouble = self.step = ""
        self.runs += 1
        self.state = State.QUEUED
        return self.stop

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
            self._fail(stop, in_words_of_the_page(str(error).replace(str(self.file), self.name)))
        except OSError as error:
            self._fail(stop, f"The results cannot be written: {error.strerror or error}.")
        except Exception:
            logger.exception("An analysis failed")
            self._fail(stop, "This is a fault of Voxpop, not of your file; its log says more.")
        finally:
            give_back()

    def _fail(self, stop: threading.Event, why: str) -> None:
        if not stop.is_set():
            self.failure = why
            self.state = State.FAILED if self.found is None else State.DONE

    def _hear(self, trouble: str) -> None:
        if bool(trouble) != bool(self.trouble):
            self.pace.forget()
        self.trouble = trouble

    def _raise_if_stopped(self, stop: threading.Event) -> None:
        """Raise when it is to stop. Whatever takes long is to ask this again and again."""
        if stop.is_set():
            raise RunStopped

    def _enter(self, stop: threading.Event, state: State, step: str = "") -> None:
        self._raise_if_stopped(stop)
        self.state, self.step, self.trouble = state, step, ""

    def _listener(self, stop: threading.Event, state: State) -> Callable[[Event], None]:
        """Make what hears how far a step of this state is, and ends it when it is to stop."""

        def hear(event: Event) -> None:
            self._enter(stop, state, _told(event) if isinstance(event, Progress) else self.step)

        return hear

    def _run(self, stop: threading.Event) -> None:
        for _ in range(_MOST_ATTEMPTS):
            try:
                return self._attempt(stop)
            except VersionChangedError:  # one file is judged by one version
                self._scores, self._scoring.version, self.done = None, None, 0
        raise ApiTroubleError(
            "The version that answers changed again and again. Go on when it stays.", may_pass=False
        )

    def _attempt(self, stop: threading.Event) -> None:
        self._enter(stop, State.READING)
        labels: tuple[str, ...] = tuple(self._scoring.model(stop)["labels"])
        if self._source is None:
            self._source = _reworded(
                read_reviews(
                    [self.file],
                    self.options,
                    labels=labels,
                    listen=self._listener(stop, State.READING),
                )
            )
        source = self._source
        source.truth.update(self.truth)
        self.total = len(source)
        self._enter(stop, State.SCORING)
        self.pace.forget()
        scores, version = self._score_file(stop, source.texts, labels)
        found = self._analyse(stop, source, scores, labels, version)
        self._enter(stop, State.WRITING)
        page = make_page(found, more_at=f"/files/{self.number}/reviews/{{number}}", advice=_ADVICE)
        self.folder.joinpath("report.html").write_text(
            make_page(found, advice=_ADVICE).html, "utf-8", "replace"
        )
        write_workbook(found, page.figures, self.folder / "insights.xlsx")
        write_scored(found, self.file, self.options, self.folder / "scored.csv")
        self._raise_if_stopped(stop)
        self.found, self.page = found, page  # before the state says that they are there
        self.state = State.DONE

    def _analyse(
        self,
        stop: threading.Event,
        source: FileReviews,
        scores: NDArray[np.float64],
        labels: tuple[str, ...],
        version: str,
    ) -> FileInsights:
        model = self._scoring.model(stop)
        known = model["evaluation"] if model["version"] == version else None
        self._enter(stop, State.ANALYSING)

        def score_clauses(texts: Sequence[str]) -> NDArray[np.float64]:
            found = np.zeros((len(texts), len(labels)))
            for places, answers in self._scoring.scores(stop, texts, range(len(texts)), labels):
                found[places] = answers
            return found

        return analyse_reviews(
            source,
            scores,
            labels=labels,
            version=version,
            score=score_clauses,
            check=check_set_from(
                known,
                unfavourable_labels(labels, None),
                version=version,
                data=model["parts"]["data"]["name"],
            ),
            options=Options(),
            listen=self._listener(stop, State.ANALYSING),
        )

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
        for places, answers in self._scoring.scores(stop, texts, missing, labels):
            scores[places] = answers
            known = ~np.isnan(scores[:, 0])
            self.unfavourable = int(np.isin(scores[known].argmax(axis=1), bad).sum())
            self.done = int(known.sum())
            self.pace.saw(self.done)
        version = self._scoring.version
        assert version is not None  # noqa: S101 - a file has at least one text
        return scores, version


def _told(progress: Progress) -> str:
    if progress.total is None:
        so_far = f", {progress.done:,} {progress.unit}" if progress.done else ""
        return f"{progress.stage}{so_far}"
    return f"{progress.stage}, {progress.done:,} of {progress.total:,} {progress.unit}"


def _reworded(source: FileReviews) -> FileReviews:
    """Have the reasons for the columns speak of the page, not of options of the command line."""
    return replace(
        source,
        columns=tuple(
            tuple(replace(one, reason=in_words_of_the_page(one.reason)) for one in columns)
            for columns in source.columns
        ),
    )
