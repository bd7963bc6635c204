"""Feedback on its way to a real S3 server through faults, and on a disk that is really full."""

from __future__ import annotations

import asyncio
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.api_client import running
from tests.fault_proxy import Fault, FaultProxy
from tests.followers import until
from tests.s3_server import SeaweedFS, seaweedfs
from tests.serve_program import AWS, BUCKET, s3_client
from voxpop import FeedbackLog, FeedbackRecord, StoreRegistry
from voxpop.testing import MemoryStore, make_bundle, sample_plugins
from voxpop_apps.api.app import create_app
from voxpop_apps.api.feedback.desk import FeedbackDesk
from voxpop_apps.api.observability.metrics import Metrics
from voxpop_apps.api.settings import ApiSettings
from voxpop_plugins.s3.client import connect
from voxpop_plugins.s3.config import S3StoreConfig
from voxpop_plugins.s3.store import S3Store

BATCHES = 4
RECORDS = 5  # of a batch


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """A SeaweedFS with the tests' bucket in it."""
    with seaweedfs(tmp_path_factory.mktemp("s3")) as running:
        s3_client(running.url).create_bucket(Bucket=BUCKET)
        yield running


@pytest.fixture(scope="module")
def proxy(server: SeaweedFS) -> Iterator[FaultProxy]:
    """A proxy before the server."""
    with FaultProxy(server.url).running() as proxy:
        yield proxy


@pytest.mark.parametrize("at", [0, 2, None], ids=["first", "third", "all"])
@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.RESET, Fault.LOST])
def test_no_fault_of_s3_loses_or_doubles_feedback(
    server: SeaweedFS,
    proxy: FaultProxy,
    voxpop_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    at: int | None,
) -> None:
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    prefix = uuid.uuid4().hex
    straight = FeedbackLog(store_at(server.url, prefix))
    given: list[str] = []

    async def run() -> None:
        settings = ApiSettings(feedback_flush_s=0.05)
        desk = FeedbackDesk(settings, store_at(proxy.url, prefix), Metrics().feedback)
        proxy.plan.begin(fault, at)
        desk.start()
        try:
            for _ in range(BATCHES):
                already = len(proxy.plan.requests)
                for number in range(RECORDS):
                    record = FeedbackRecord(label="positive", text=f"Review {number}")
                    await desk.accept(record)
                    given.append(record.id)
                await until(lambda: len(proxy.plan.requests) > already)  # noqa: B023
            await until(lambda: proxy.plan.harmed > (at is None))
            proxy.plan.fault = None
            await until(lambda: not batches_in(voxpop_home), wait_s=30)
        finally:
            await asyncio.to_thread(desk.stop)

    asyncio.run(run())
    assert sorted(record.id for record in straight.read()) == sorted(given)
    assert list((voxpop_home / "feedback-spool").iterdir()) == []


def test_a_full_disk_is_told_by_503_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, store = tmp_path / "disk", MemoryStore()
    disk.mkdir()
    make_bundle(tmp_path / "bundle")
    registry = StoreRegistry(store)
    registry.move_alias("champion", registry.publish(tmp_path / "bundle"), expected=None)
    with small_disk(disk):
        monkeypatch.setenv("VOXPOP_HOME", str(disk))
        settings = ApiSettings(auth="off", feedback={"name": "memory"}, feedback_flush_s=3_600.0)
        api = create_app(settings, sample_plugins(store=store))
        accepted = []
        with running(api) as address, httpx.Client(base_url=f"http://{address}") as client:
            filler = fill(disk, left_bytes=20_000)
            for number in range(200):
                answer = give(client, number)
                if answer.status_code != 202:
                    break
                accepted.append(answer.json()["feedback_id"])
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert 0 < len(accepted) < 200
            assert client.post("/predict", json={"content": "lovely"}).status_code == 200
            assert give(client, 500).status_code == 503  # and not a part of it is kept
            filler.unlink()
            answer = give(client, 501)
            assert answer.status_code == 202
            accepted.append(answer.json()["feedback_id"])
        kept = [record.id for record in FeedbackLog(store).read()]
        assert sorted(kept) == sorted(accepted)


def give(client: httpx.Client, number: int) -> httpx.Response:
    text = f"Review {number}, " + "and so on " * 100
    return client.post("/feedback", json={"content": text, "label": "positive"})


def store_at(url: str, prefix: str) -> S3Store:
    """Give a store that leaves it to others to try again."""
    config = S3StoreConfig(
        bucket=BUCKET, prefix=prefix, endpoint_url=url, timeout_s=5.0, attempts=1
    )
    return S3Store(connect(config))


def batches_in(home: Path) -> list[Path]:
    """Find what the store does not have yet."""
    spools = (home / "feedback-spool").glob("*/*")
    return [file for file in spools if file.name != ".lock" and file.stat().st_size]


@contextmanager
def small_disk(mounted: Path) -> Iterator[None]:
    """Mount an empty file system of 8 MB."""
    tried = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(mounted)],
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode != 0:
        pytest.skip(f"only root may mount a small disk: {tried.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(mounted)], check=True)


def fill(disk: Path, left_bytes: int) -> Path:
    """Leave only so much room on the disk."""
    state = os.statvfs(disk)
    (disk / "filler").write_bytes(b"x" * (state.f_bavail * state.f_frsize - left_bytes))
    return disk / "filler"
