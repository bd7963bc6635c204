"""Reviews are admitted and batched by the work that they are, and not by their number."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.api_client import Tampered, calling, make_api

UNIT_S = 0.006  # for each 2,000 characters
DEADLINE_S = 3.0
LONG = "x " * 40_000  # 0.25 s: twelve of them are answered within the deadline
CALLERS = 60


def slow_down(app: Any, seen: list[str] | None = None) -> None:
    """Let the tokenizer take its time by the character."""

    def before(text: str) -> None:
        time.sleep((1 + len(text) // 2_000) * UNIT_S)
        if seen is not None:
            seen.append(text)

    classifier = app.state.service.follower.current().classifier
    classifier.tokenizer = Tampered(classifier.tokenizer, before)


def test_many_long_reviews_are_refused_at_once_but_for_those_there_is_time_for(
    tmp_path: Path,
) -> None:
    async def run() -> list[tuple[int, float, str | None]]:
        app = make_api(tmp_path, deadline_s=DEADLINE_S)
        async with calling(app) as client:
            slow_down(app)
            for _ in range(20):
                assert (await client.post("/predict", json={"content": "x"})).status_code == 200

            async def ask() -> tuple[int, float, str | None]:
                started = time.perf_counter()
                answer = await client.post("/predict", json={"content": LONG})
                seconds = time.perf_counter() - started
                return answer.status_code, seconds, answer.headers.get("retry-after")

            return await asyncio.gather(*(ask() for _ in range(CALLERS)))

    told = asyncio.run(run())
    statuses = Counter(status for status, _, _ in told)
    assert set(statuses) <= {200, 503, 504}, statuses
    assert statuses[200] >= 3, statuses  # about 11 where nobody else needs the machine
    assert statuses[503] > CALLERS // 2, statuses  # and not 504 after the whole of the deadline
    for status, seconds, retry_after in told:
        assert status == 200 or int(retry_after or 0) >= 1
        assert seconds < 4 * DEADLINE_S


def test_a_long_list_of_long_reviews_lets_others_in(tmp_path: Path) -> None:
    async def run() -> list[str]:
        app = make_api(tmp_path, deadline_s=60.0)
        seen: list[str] = []
        async with calling(app) as client:
            slow_down(app, seen)
            many = asyncio.create_task(
                client.post("/predict/batch", json={"reviews": [{"content": LONG}] * 10})
            )
            while not seen:
                await asyncio.sleep(0.001)
            assert (await client.post("/predict", json={"content": "short"})).status_code == 200
            assert not many.done()
            answers = (await many).json()["answers"]
        assert [answer["label"] for answer in answers] == [answers[0]["label"]] * 10
        return seen

    seen = asyncio.run(run())
    assert seen.index("short") <= 3  # behind the call at hand, and the slice before it at most
