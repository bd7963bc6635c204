"""The real server under load: the champion moves, versions are corrupt, S3 dies, callers hang up.

Every answer names its request and its version; it must be what that version says of that very text,
and of a version that the champion led to between the request's start and its end.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.apps.cli.conftest import program, site
from tests.s3_server import SeaweedFS, seaweedfs
from tests.serve_program import (
    AWS,
    Program,
    registry_variables,
    s3_registry,
    s3_store,
    serving_program,
    until_status,
)
from voxpop import Classifier, StoreRegistry
from voxpop.testing import make_bundle, sample_plugins
from voxpop_apps.web.keys import new_key

__all__ = ["program", "site"]

WORDS = ("lovely", "awful", "kettle", "broken", "Monday", "fine", "lamp", "thing")
SOUND = 4  # versions that take turns
MIB = 2**20
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_VERSION = re.compile(rb"\r\nx-model-version: (\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class Form:
    """How much is asked.

    Attributes:
        requests: how many at least, those who hang up included.
        concurrency: callers at a time.
        moves: of the champion, among sound versions.
        corrupt: versions that are damaged, published and made champion.
        most_grown: bytes that the server may grow from a fifth of the requests to their end.
    """

    requests: int
    concurrency: int
    moves: int
    corrupt: int
    most_grown: int


SMALL = Form(1_500, 16, 8, 1, 10 * MIB)
LARGE = Form(100_000, 64, 50, 2, 6 * MIB)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(SMALL, id="small"),
        pytest.param(LARGE, id="large", marks=[pytest.mark.slow, pytest.mark.timeout(1_800)]),
    ],
)
def test_no_answer_is_wrong_mixed_or_lost(
    program: list[str],
    site: Path,
    voxpop_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: Form,
) -> None:
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    key, line = new_key("shop")
    (tmp_path / "keys").write_text(line + "\n")
    environment = registry_variables("") | {
        "PYTHONPATH": str(site),
        "VOXPOP_HOME": str(voxpop_home),
        "VOXPOP_API_POLL_S": "0.1",
        "VOXPOP_API_CACHED_VERSIONS": "2",  # so that versions are fetched again and again
    }
    with seaweedfs(tmp_path / "s3") as s3:
        environment["VOXPOP_REGISTRY__ENDPOINT_URL"] = s3.url
        world = World(s3, tmp_path)
        world.move(world.sound[0])
        log = tmp_path / "serve.log"
        with serving_program(program, environment, log, "--keys-file", "keys") as server:
            until_status(server, "/health/ready", 200)
            soak = Soak(server, world, form, key)
            asyncio.run(soak.run(wait_s=1_700 if form is LARGE else 240))
            told = server.metrics(headers=soak.headers)
            assert server.process.poll() is None
    report = soak.report()
    logging.getLogger(__name__).info(report)  # pytest -o log_cli=true --log-cli-level=INFO
    assert soak.wrong == [], report
    assert soak.refused == 0, report
    assert soak.answered + soak.hung_up == soak.asked >= form.requests, report
    assert soak.hung_up >= form.requests // 10, report
    assert soak.seen == set(world.sound), report
    assert soak.grown < form.most_grown, report
    assert told['voxpop_swaps_total{role="main"}'] == form.moves
    refused = [told[name] for name in told if name.startswith("voxpop_versions_refused_total")]
    assert sum(refused) == form.corrupt
    assert told["voxpop_registry_failures_total"] > 0
    assert told['voxpop_registry_up{role="main"}'] == 1
    assert told["voxpop_queue_reviews"] == 0  # those who hung up left nothing behind
    assert "Traceback" not in log.read_text()


class World:
    """The registry, its versions, and what each says of each text."""

    def __init__(self, s3: SeaweedFS, directory: Path) -> None:
        self.s3 = s3
        self.texts = [
            " ".join(WORDS[(number * 7 + place * (number + 3)) % len(WORDS)] for place in range(n))
            for number, n in enumerate([3, 5, 8, 13, 21, 40, 2, 60] * 5)
        ]
        self._directory = directory
        self._registry: StoreRegistry = s3_registry(s3)
        self.expected: dict[str, list[Mapping[str, float]]] = {}
        self.sound = [self._publish(seed) for seed in range(SOUND)]

    def move(self, version: str) -> None:
        """Point the champion at a version."""
        before = self._registry.aliases().get("champion")
        self._registry.move_alias("champion", version, expected=before)

    def publish_corrupt(self, number: int) -> str:
        """Publish a version, and flip a bit of its model where S3 keeps it."""
        version = self._publish(100 + number)
        del self.expected[version]
        store = s3_store(self.s3.url)
        key = next(store.list(f"versions/{version}/model/"))
        data, tag = store.read(key)
        store.write(key, data[:-1] + bytes([data[-1] ^ 1]), expected=tag)
        return version

    def _publish(self, seed: int) -> str:
        bundle = self._directory / f"bundle-{seed}"
        make_bundle(bundle, seed=seed)
        version = self._registry.publish(bundle)
        classifier = Classifier.load(bundle, plugins=sample_plugins())
        self.expected[version] = [one.probabilities for one in classifier.predict(self.texts)]
        return version


@dataclass
class Soak:
    """The callers, and what they were answered."""

    server: Program
    world: World
    form: Form
    key: str
    asked: int = 0
    answered: int = 0
    hung_up: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    grown: int = 0
    started: float = 0.0
    ended: float = 0.0

    def __post_init__(self) -> None:
        self.headers = {"authorization": f"Bearer {self.key}"}
        self._moved = [self.world.sound[0]]  # sound versions, in the order of the moves
        self._reached = 0  # of these, the latest one that was seen to answer
        self._shifted = False
        self._resident_then = 0
        self._bodies = [json.dumps({"content": text}).encode() for text in self.world.texts]

    async def run(self, wait_s: float) -> None:
        """Ask until enough was asked and all has happened that shall."""
        self.started = time.monotonic()
        async with asyncio.timeout(wait_s), asyncio.TaskGroup() as callers:
            callers.create_task(self._shift())
            for _ in range(self.form.concurrency):
                callers.create_task(self._call())
        self.ended = time.monotonic()
        self.grown = self._resident_bytes() - self._resident_then

    def report(self) -> str:
        """Say what happened."""
        seconds = self.ended - self.started
        return (
            f"{self.asked:,} asked in {seconds:.0f} s, {self.answered:,} answered, "
            f"{self.hung_up:,} hung up, {self.refused} refused, {len(self.wrong)} wrong; "
            f"{len(self._moved) - 1} moves; {self._resident_then / MIB:.1f} MiB after a fifth, "
            f"{self.grown / MIB:+.1f} MiB since. {self.wrong[:5]}"
        )

    async def _call(self) -> None:
        host, port = self.server.url.removeprefix("http://").split(":")
        reader = writer = None
        while self.asked < self.form.requests or not self._shifted:
            number, self.asked = self.asked, self.asked + 1
            if self.asked == self.form.requests // 5:
                self._resident_then = self._resident_bytes()
            if reader is None or writer is None:
                reader, writer = await asyncio.open_connection(host, int(port))
            text = number % len(self._bodies)
            request = self._request(number, text)
            if number % 10 == 9:
                # In turn: in the middle of the body, at once, and while it is worked on.
                writer.write(request[:-5] if number % 30 == 9 else request)
                await asyncio.sleep(0.002 if number % 30 == 29 else 0)
                writer.transport.abort()
                reader = writer = None
                self.hung_up += 1
                continue
            reached = self._reached
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            assert length is not None
            body = await reader.readexactly(int(length[1]))
            self._judge(number, text, reached, head, body)
        if writer is not None:
            writer.transport.abort()

    def _request(self, number: int, text: int) -> bytes:
        body = self._bodies[text]
        head = (
            f"POST /predict HTTP/1.1\r\nhost: api\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {self.key}\r\nx-request-id: r-{number}\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _judge(self, number: int, text: int, reached: int, head: bytes, body: bytes) -> None:
        if head.startswith((b"HTTP/1.1 429", b"HTTP/1.1 503")):
            self.refused += 1
            return
        self.answered += 1
        if not head.startswith(b"HTTP/1.1 200"):
            self.wrong.append(f"{number}: {head!r} {body!r}")
            return
        record = json.loads(body)
        version = record["version"]
        header = _VERSION.search(head)
        allowed = self._moved[reached:]
        expected = self.world.expected.get(version)
        if (
            record["request_id"] != f"r-{number}"
            or f"x-request-id: r-{number}\r\n".encode() not in head.lower()
            or header is None
            or header[1].decode() != version
            or version not in allowed
            or expected is None
            or any(
                abs(record["probabilities"][label] - value) > 1e-6
                for label, value in expected[text].items()
            )
        ):
            self.wrong.append(f"{number}: {record} of {text}; allowed: {allowed}")
            return
        self.seen.add(version)
        if version == self._moved[-1]:
            self._reached = len(self._moved) - 1

    async def _shift(self) -> None:
        """Move the champion again and again, with everything that may go wrong in between."""
        form, world = self.form, self.world
        corrupt_at = {form.moves * (n + 1) // (form.corrupt + 1): n for n in range(form.corrupt)}
        for move in range(1, form.moves + 1):
            await self._until_asked(form.requests * move // (form.moves + 1))
            if move in corrupt_at:
                version = await asyncio.to_thread(world.publish_corrupt, corrupt_at[move])
                await asyncio.to_thread(world.move, version)
                await self._until_told("voxpop_versions_refused_total", corrupt_at[move] + 1)
            if move == form.moves * 3 // 4:
                await asyncio.to_thread(world.s3.kill)
                await self._until_told("voxpop_registry_failures_total", 3)
                await asyncio.to_thread(world.s3.start)
            version = world.sound[move % SOUND]
            self._moved.append(version)
            await asyncio.to_thread(world.move, version)
            while self._reached < len(self._moved) - 1:
                await asyncio.sleep(0.005)
        self._shifted = True

    async def _until_asked(self, number: int) -> None:
        while self.asked < number:
            await asyncio.sleep(0.005)

    async def _until_told(self, name: str, least: float) -> None:
        while True:
            told = await asyncio.to_thread(self.server.metrics, headers=self.headers)
            if sum(value for sample, value in told.items() if sample.startswith(name)) >= least:
                return
            await asyncio.sleep(0.05)

    def _resident_bytes(self) -> int:
        pages = Path(f"/proc/{self.server.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGESIZE")
