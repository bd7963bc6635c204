"""Alone at once, together when many; bounded, on time, and no neighbour suffers."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api_client import Tampered, load_served
from voxpop import TokenBatch
from voxpop_apps.api.errors import (
    ApiError,
    DeadlineExceededError,
    ModelFailedError,
    QueueFullError,
)
from voxpop_apps.api.exchange import Exchange
from voxpop_apps.api.execution import CallerLeftError, Scorer
from voxpop_apps.api.served import Served


class Watcher:
    """Remembers what the scorer did."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.texts: list[str] = []
        self.depth = 0

    def queue_depth(self, reviews: int) -> None:
        self.depth = reviews

    def batch_done(self, size: int, seconds: float) -> None:
        assert seconds > 0
        self.sizes.append(size)

    def scored(self, served: Served, texts: list[str], tokens: TokenBatch, answers: Any) -> None:
        assert len(texts) == len(tokens) == len(answers)
        self.texts += texts


async def forever() -> Any:
    await asyncio.Event().wait()


def exchange(seconds: float = 30.0, receive: Any = forever) -> Exchange:
    deadline = asyncio.get_running_loop().time() + seconds
    return Exchange("id", "caller", deadline, b"", b"", receive)


@pytest.fixture(scope="module")
def module_served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return load_served(tmp_path_factory.mktemp("served") / "bundle")


@pytest.fixture
def served(tmp_path: Path) -> Served:
    """A version of this test's own, to be tampered with."""
    return load_served(tmp_path / "bundle")


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def blocked(served: Served) -> threading.Event:
    """Set to let the model go on with the text "wait"."""
    go_on = threading.Event()

    def wait(text: str) -> None:
        if text == "wait":
            assert go_on.wait(30)

    served.classifier.tokenizer = Tampered(served.classifier.tokenizer, wait)
    return go_on


async def blocked_by(scorer: Scorer, served: Served) -> asyncio.Task[Any]:
    """Keep the model's thread busy; give what waits for it."""
    task = asyncio.create_task(scorer.score(served, ["wait"], exchange()))
    while scorer.reviews == 0:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    return task


def test_answers_are_those_of_the_classifier_however_they_were_batched(
    module_served: Served,
) -> None:
    @given(st.lists(st.lists(st.text(max_size=30), min_size=1, max_size=40), max_size=6))
    def check(requests: list[list[str]]) -> None:
        async def run() -> list[Any]:
            scorer = Scorer(limit=1_000, watchers=Watcher())
            asked = (scorer.score(module_served, texts, exchange()) for texts in requests)
            answers = await asyncio.gather(*asked)
            scorer.close()
            return answers

        for texts, answer in zip(requests, asyncio.run(run()), strict=True):
            np.testing.assert_allclose(
                answer, module_served.classifier.probabilities(texts), atol=1e-5, rtol=0
            )

    check()


def test_one_alone_is_one_call_and_many_together_are_few(served: Served, watcher: Watcher) -> None:
    async def run() -> None:
        scorer = Scorer(limit=1_000, watchers=watcher)
        for _ in range(3):
            await scorer.score(served, ["lovely"], exchange())
        assert watcher.sizes == [1, 1, 1]
        await asyncio.gather(*(scorer.score(served, ["awful"], exchange()) for _ in range(48)))
        scorer.close()

    asyncio.run(run())
    assert sum(watcher.sizes[3:]) == 48
    assert len(watcher.sizes) < 3 + 24
    assert max(watcher.sizes) <= 32
    assert watcher.depth == 0


def test_a_poisonous_review_fails_alone(served: Served, watcher: Watcher) -> None:
    def refuse(text: str) -> None:
        if text == "poison":
            raise RuntimeError(text)

    served.classifier.tokenizer = Tampered(served.classifier.tokenizer, refuse)

    async def run() -> tuple[Any, ...]:
        scorer = Scorer(limit=1_000, watchers=watcher)
        await scorer.score(served, ["warm up"], exchange())  # from now on inside the loop
        answers = await asyncio.gather(
            scorer.score(served, ["lovely"], exchange()),
            scorer.score(served, ["good", "poison", "bad"], exchange()),
            scorer.score(served, ["awful"], exchange()),
        )
        scorer.close()
        return answers

    (lovely,), (good, poison, bad), (awful,) = asyncio.run(run())
    assert isinstance(poison, ModelFailedError)
    assert "poison" not in str(poison)
    for outcome in (lovely, good, bad, awful):
        assert not isinstance(outcome, ApiError)
        assert sum(outcome) == pytest.approx(1)


def test_more_than_may_wait_is_refused_at_once(
    served: Served, blocked: threading.Event, watcher: Watcher
) -> None:
    async def run() -> None:
        scorer = Scorer(limit=3, watchers=watcher)
        task = await blocked_by(scorer, served)
        waiting = asyncio.create_task(scorer.score(served, ["a", "b"], exchange()))
        await asyncio.sleep(0)
        with pytest.raises(QueueFullError, match="3 reviews wait already, of 3"):
            await scorer.score(served, ["c"], exchange())
        blocked.set()
        assert len(await waiting) == 2
        await task
        assert len(await scorer.score(served, ["c"], exchange())) == 1  # there is room again
        scorer.close()

    asyncio.run(run())


def test_what_is_late_is_given_up_on_time_and_never_worked_on(
    served: Served, blocked: threading.Event, watcher: Watcher
) -> None:
    async def run() -> None:
        scorer = Scorer(limit=10, watchers=watcher)
        task = await blocked_by(scorer, served)
        started = time.perf_counter()
        with pytest.raises(DeadlineExceededError):
            await scorer.score(served, ["late"], exchange(0.05))
        assert time.perf_counter() - started < 5
        blocked.set()
        await task
        await scorer.score(served, ["next"], exchange())
        scorer.close()

    asyncio.run(run())
    assert watcher.texts == ["wait", "next"]


def test_a_caller_that_hung_up_costs_nothing(
    served: Served, blocked: threading.Event, watcher: Watcher
) -> None:
    async def hang_up() -> Any:
        return {"type": "http.disconnect"}

    async def run() -> None:
        scorer = Scorer(limit=10, watchers=watcher)
        task = await blocked_by(scorer, served)
        with pytest.raises(CallerLeftError):
            await scorer.score(served, ["left"], exchange(receive=hang_up))
        assert scorer.reviews == 1
        blocked.set()
        await task
        scorer.close()

    asyncio.run(run())
    assert watcher.texts == ["wait"]


def test_the_event_loop_goes_on_while_the_model_is_busy(
    served: Served, blocked: threading.Event, watcher: Watcher
) -> None:
    async def run() -> None:
        scorer = Scorer(limit=10, watchers=watcher)
        task = await blocked_by(scorer, served)
        started = time.perf_counter()
        await asyncio.sleep(0.001)
        assert time.perf_counter() - started < 5
        assert not task.done()
        blocked.set()
        await task
        scorer.close()

    asyncio.run(run())


def test_versions_never_share_a_call(
    served: Served, module_served: Served, watcher: Watcher
) -> None:
    async def run() -> None:
        scorer = Scorer(limit=100, watchers=watcher)
        both = [served, module_served] * 5
        await asyncio.gather(*(scorer.score(one, [f"{one is served}"], exchange()) for one in both))
        scorer.close()

    asyncio.run(run())
    start = 0
    for size in watcher.sizes:
        assert len(set(watcher.texts[start : start + size])) == 1
        start += size
    assert start == 10


def test_long_lists_let_others_in(served: Served, watcher: Watcher) -> None:
    async def run() -> None:
        scorer = Scorer(limit=1_000, watchers=watcher)
        long = asyncio.create_task(scorer.score(served, ["long"] * 320, exchange()))
        await asyncio.sleep(0)
        await scorer.score(served, ["short"], exchange())
        assert not long.done()
        assert len(await long) == 320
        scorer.close()

    asyncio.run(run())


def test_a_deadline_that_passed_is_no_full_queue(served: Served, watcher: Watcher) -> None:
    async def run() -> None:
        scorer = Scorer(limit=10, watchers=watcher)
        with pytest.raises(DeadlineExceededError):
            await scorer.score(served, ["a"], exchange(-1))
        with pytest.raises(DeadlineExceededError):
            await scorer.explain(served, "a", exchange(-1))
        assert scorer.reviews == 0
        scorer.close()

    asyncio.run(run())
