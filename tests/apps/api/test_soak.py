"""Under load the champion moves, versions are corrupt, the registry goes away, callers hang up."""
# ruff: noqa: F811 - the fixtures are imported by their names

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api_client import running
from tests.followers import SwitchedStore, move, plugins, publish, registry, store  # noqa: F401
from voxpop import Plugins, StoreRegistry
from voxpop.classifier import Classifier
from voxpop.loading import load_version
from voxpop_apps.api.app import create_app
from voxpop_apps.api.settings import ApiSettings

Publish = Callable[[int], str]
Move = Callable[..., None]

TEXTS = ("A lovely kettle.", "An awful lamp, broken.", "The pan came on Monday.", "lovely awful")
CLIENTS = 32


@pytest.mark.parametrize(
    ("requests", "moves"), [(500, 6), pytest.param(100_000, 50, marks=pytest.mark.slow)]
)
@pytest.mark.timeout(1_800)
def test_no_answer_is_wrong_mixed_or_lost(
    plugins: Plugins,
    store: SwitchedStore,
    registry: StoreRegistry,
    publish: Publish,
    move: Move,
    requests: int,
    moves: int,
) -> None:
    sound = [publish(seed) for seed in range(3)]
    expected = {
        version: _answers(load_version(registry, version, plugins=plugins)) for version in sound
    }
    corrupt = [publish(seed) for seed in (10, 11)]
    for version in corrupt:
        key = next(store.inside.list(f"versions/{version}/model/"))
        data, tag = store.inside.read(key)
        store.inside.write(key, data[:-1] + bytes([data[-1] ^ 1]), expected=tag)
    move(sound[0])
    settings = ApiSettings(auth="off", poll_s=0.05, feedback={"name": "memory"})
    app = create_app(settings, plugins)
    seen: dict[str, int] = {}
    left = 0

    async def ask(client: httpx.AsyncClient, number: int) -> None:
        nonlocal left
        text = number % len(TEXTS)
        request = client.post(
            "/predict", json={"content": TEXTS[text]}, headers={"x-request-id": f"r-{number}"}
        )
        if number % 10 == 9:  # a caller who hangs up
            try:
                await asyncio.wait_for(request, 0.001)
            except TimeoutError:
                left += 1
            return
        answer = await request
        assert answer.status_code == 200, answer.text
        record: dict[str, Any] = answer.json()
        assert record["request_id"] == f"r-{number}"
        assert record["probabilities"] == pytest.approx(expected[record["version"]][text], abs=1e-6)
        assert answer.headers["x-model-version"] == record["version"]
        seen[record["version"]] = seen.get(record["version"], 0) + 1

    async def shift(done: asyncio.Event) -> None:
        for step in range(moves):
            move(corrupt[step // 3 % 2] if step % 3 == 2 else sound[step % 3])
            if step % 4 == 3:
                store.plugged.clear()
            await asyncio.sleep(0.15)
            store.plugged.set()
        done.set()

    async def run(address: str) -> None:
        limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
        async with httpx.AsyncClient(
            base_url=f"http://{address}", limits=limits, timeout=60
        ) as client:
            done = asyncio.Event()
            shifting = asyncio.create_task(shift(done))
            numbers = iter(range(10**9))

            async def work() -> None:
                while (number := next(numbers)) < requests or not done.is_set():
                    await ask(client, number)

            await asyncio.gather(*(work() for _ in range(CLIENTS)), shifting)
            health = await client.get("/health/ready")
            assert health.status_code == 200

    with running(app) as address:
        before = _resident_bytes()
        asyncio.run(run(address))
        grown = _resident_bytes() - before
    assert set(seen) <= set(sound)
    assert len(seen) > 1
    assert sum(seen.values()) + requests // 10 >= requests * 0.99
    assert grown < 150 * 2**20  # client and server share this process


def _answers(classifier: Classifier) -> list[dict[str, float]]:
    return [dict(prediction.probabilities) for prediction in classifier.predict(TEXTS)]


def _resident_bytes() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")
