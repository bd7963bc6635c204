"""Five times more than can be answered, for seconds: everything is answered, or refused in time.

The times are those of the server's own log, from the arrival of a request to its answer: on a
machine with other work the client is late by itself.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.apps.cli.conftest import PLUGIN, program
from tests.serve_program import serving_program, until_status
from voxpop import Plugins, Settings, open_registry
from voxpop.testing import make_bundle

__all__ = ["program"]

REVIEW_S = 0.1
CAPACITY = 1 / REVIEW_S  # reviews a second on any machine: the model sleeps; slow for any client
OVERLOAD = 5
LOAD_S = 5.0
DEADLINE_S = 1.0
SLACK_S = 0.5  # of the event loop, on a machine with other work
RETRY = {429, 503, 504}

# The sample parts, but for a model that takes its time for every review that is asked for.
SLOW_PLUGIN = f"""{PLUGIN}
import dataclasses, time
from pathlib import Path
from voxpop.testing import WORD_WEIGHTS

class Slow:
    def __init__(self, inside):
        self.inside = inside
    def predict_proba(self, batch):
        if Path("go-slow").exists():  # not while the version is warmed up
            time.sleep({REVIEW_S} * len(batch))
        return self.inside.predict_proba(batch)
    def save(self, directory):
        self.inside.save(directory)

@hookimpl
def voxpop_models():
    return [dataclasses.replace(WORD_WEIGHTS, load=lambda folder: Slow(WORD_WEIGHTS.load(folder)))]
"""


@dataclass(frozen=True)
class Told:
    """What became of a request."""

    status: int
    request_id: str
    retry_after: str | None


@pytest.fixture
def slow_site(tmp_path: Path) -> Path:
    """A directory of installed distributions: one plugin, whose model is slow."""
    site = tmp_path / "site"
    info = site / "slow_plugin-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "slow_plugin.py").write_text(SLOW_PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: slow-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[voxpop]\nslow = slow_plugin\n")
    return site


def test_overload_is_answered_or_refused_in_time_and_is_over_when_it_ends(
    program: list[str], slow_site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "local")
    make_bundle(tmp_path / "bundle")
    registry = open_registry(Plugins.load(), Settings())
    registry.move_alias("champion", registry.publish(tmp_path / "bundle"), expected=None)
    environment = {
        "PYTHONPATH": str(slow_site),
        "VOXPOP_API_DEADLINE_S": str(DEADLINE_S),
        "VOXPOP_API_LOG_FORMAT": "json",
        "VOXPOP_API_LOG_REQUESTS": "true",
    }
    log = tmp_path / "serve.log"
    with serving_program(program, environment, log) as server:
        until_status(server, "/health/ready", 200)
        (tmp_path / "go-slow").touch()
        told, after = asyncio.run(overload(server.url))
        waiting = server.get("/health").json()["waiting_reviews"]
    took = seconds_in(log)

    statuses = Counter(one.status for one in told)
    assert set(statuses) <= {200} | RETRY, statuses
    assert sum(statuses.values()) == round(OVERLOAD * CAPACITY * LOAD_S)
    for one in told:
        assert one.status == 200 or int(one.retry_after or 0) >= 1
        assert took[one.request_id] < DEADLINE_S + SLACK_S
    assert statuses[503] + statuses[429] > statuses[504], statuses  # refused at once, mostly
    assert statuses[200] >= CAPACITY * LOAD_S / 2, statuses  # overload costs no more than half
    accepted = sorted(took[one.request_id] for one in told if one.status == 200)
    assert accepted[int(len(accepted) * 0.99)] < DEADLINE_S + SLACK_S / 2, accepted[-5:]
    assert [one.status for one in after] == [200] * len(after)
    assert min(took[one.request_id] for one in after) < 2 * REVIEW_S, after
    assert waiting == 0
    report = f"{statuses}, accepted p99 {accepted[int(len(accepted) * 0.99)]:.2f} s, then "
    report += ", ".join(f"{took[one.request_id]:.2f}" for one in after)
    logging.getLogger(__name__).info(report)  # pytest -o log_cli=true --log-cli-level=INFO


def seconds_in(log: Path) -> dict[str, float]:
    """Give how long each request took, by its id."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return {line["request_id"]: line["seconds"] for line in lines if "request_id" in line}


async def overload(url: str) -> tuple[list[Told], list[Told]]:
    """Ask at a steady rate whatever is answered; a second after the end, ask one by one."""
    loop = asyncio.get_running_loop()
    limits = httpx.Limits(max_connections=None)
    # verify: a client would read all certificates of the machine, for plain HTTP.
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60, verify=False) as client:

        async def ask() -> Told:
            answer = await client.post("/predict", json={"content": "lovely"})
            headers = answer.headers
            return Told(answer.status_code, headers["x-request-id"], headers.get("retry-after"))

        assert [(await ask()).status for _ in range(3)] == [200] * 3  # its pace is learnt
        started = loop.time()
        asked = []
        for number in range(round(OVERLOAD * CAPACITY * LOAD_S)):
            await asyncio.sleep(started + number / (OVERLOAD * CAPACITY) - loop.time())
            asked.append(asyncio.create_task(ask()))
        ended = loop.time()
        told = await asyncio.gather(*asked)
        await asyncio.sleep(ended + 1 - loop.time())
        return told, [await ask() for _ in range(3)]
