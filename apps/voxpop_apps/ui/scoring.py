"""Has the API score many texts, some requests at a time, in order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from voxpop import RunStopped
from voxpop_apps.ui.api_client import ApiClient, ApiTroubleError
from voxpop_apps.ui.daemons import Daemons

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Answer = TypeVar("_Answer")

_BATCH_REVIEWS, _BATCH_CHARACTERS = 250, 400_000  # of one request, well within the API's limits
_MOST_CHARACTERS = 100_000  # of one review: what the API takes; models read far less
_IN_FLIGHT = 4  # requests: the API puts them together, and one is always on its way
_LONGEST_WAIT_S = 10.0


class VersionChangedError(Exception):
    """Another version answers than at the beginning."""


class Scoring:
    """Asks for one file, by one version, until there is an answer or a stop.

    Attributes:
        version: that answers; None before the first answer.
    """

    def __init__(self, client: ApiClient, name: str, tell: Callable[[str], None]) -> None:
        """Begin with no version.

        Args:
            client: asks.
            name: of the file: while there is a canary, one version answers for one name.
            tell: hears what the API does not do just now, and "" when it does again.
        """
        self._client, self._name, self._tell = client, name, tell
        self.version: str | None = None

    def model(self, stop: threading.Event) -> dict[str, Any]:
        """Give what the API says of its model."""
        return self._asked(stop, self._client.model)

    def scores(
        self,
        stop: threading.Event,
        texts: Sequence[str],
        places: Sequence[int],
        labels: Sequence[str],
    ) -> Iterator[tuple[list[int], NDArray[np.float64]]]:
        """Score the texts at these places; give some places and their probabilities at a time.

        Raises:
            RunStopped: the stop is set.
            VersionChangedError: another version answers.
            ApiTroubleError: a fault that does not pass by itself.
        """
        waiting: deque[tuple[list[int], Future[NDArray[np.float64]]]] = deque()
        threads = Daemons(_IN_FLIGHT, "scoring")
        try:
            for batch in _cut(texts, places):
                sent = [texts[place][:_MOST_CHARACTERS] for place in batch]
                waiting.append((batch, threads.submit(self._answers, stop, sent, labels)))
                if len(waiting) >= _IN_FLIGHT:
                    first, answers = waiting.popleft()
                    yield first, answers.result()
            while waiting:
                first, answers = waiting.popleft()
                yield first, answers.result()
        finally:
            for _, answers in waiting:
                answers.cancel()
            threads.end()

    def _answers(
        self, stop: threading.Event, texts: list[str], labels: Sequence[str]
    ) -> NDArray[np.float64]:
        answers, version = self._asked(stop, lambda: self._whole(texts))
        if self.version is None:
            self.version = version
        if version != self.version or set(answers[0]["probabilities"]) != set(labels):
            raise VersionChangedError
        return np.array([[one["probabilities"][label] for label in labels] for one in answers])

    def _whole(self, texts: list[str]) -> tuple[list[dict[str, Any]], str]:
        answers, version = self._client.predict_batch(texts, self._name)
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
                self._tell(str(error))
                if stop.wait(max(wait_s, min(error.retry_after_s, _LONGEST_WAIT_S))):
                    raise RunStopped from error
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            else:
                self._tell("")
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
