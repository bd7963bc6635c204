"""Feedback on its way to a real S3 server through faults, and on a disk that is really full."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.api_client import make_api, running
from tests.fault_proxy import Fault, FaultProxy
from tests.followers import until
from tests.s3_server import SeaweedFS, seaweedfs
from tests.serve_program import AWS, BUCKET, s3_client
from voxpop import FeedbackLog, FeedbackRecord, StoreRegistry
from voxpop.testing import MemoryStore, make_bundle, sample_plugins
from voxpop_apps.api.app import create_app
from voxpop_apps.api.feedback.desk import FeedbackDesk
from voxpop_apps.api.feedback.spool import Spool
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
        with (
            running(api) as address,
            httpx.Client(base_url=f"http://{address}", timeout=60) as client,
        ):
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


def test_a_disk_that_takes_no_more_files_loses_nothing_and_writes_into_nobody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, files=200):
        monkeypatch.setenv("VOXPOP_HOME", str(disk))
        monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "memory")
        api = make_api(tmp_path, feedback_flush_s=0.05)
        log: FeedbackLog = api.state.service.desk.log
        accepted = []
        with (
            running(api) as address,
            httpx.Client(base_url=f"http://{address}", timeout=60) as client,
        ):
            accepted.append(taken(client, 0))
            wait_until(lambda: [record.id for record in log.read()] == accepted)
            fillers = use_up(disk)
            accepted.append(taken(client, 1))
            wait_until(lambda: failures(client) >= 2)  # no batch can be made
            with (tmp_path / "bystander").open("w") as bystander:
                accepted += [taken(client, number) for number in range(2, 6)]
                assert os.fstat(bystander.fileno()).st_size == 0
            for filler in fillers:
                filler.unlink()
            wait_until(lambda: {record.id for record in log.read()} == set(accepted))
            accepted.append(taken(client, 6))
        assert sorted(record.id for record in log.read()) == sorted(accepted)
        assert list((disk / "feedback-spool").iterdir()) == []


def test_a_disk_that_hangs_keeps_nobody_waiting_beyond_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "memory")
    go_on, forced = threading.Event(), os.fsync

    def hang(file: int) -> None:
        assert go_on.wait(60)
        forced(file)

    api = make_api(tmp_path)
    with running(api) as address, httpx.Client(base_url=f"http://{address}", timeout=60) as client:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", hang)
            for number in range(3):
                late = give(client, number, {"X-Deadline-Ms": "100"})
                assert (late.status_code, late.json()["code"]) == (504, "deadline-exceeded")
                assert int(late.headers["retry-after"]) >= 1
                assert late.elapsed.total_seconds() < 10
            assert client.post("/predict", json={"content": "lovely"}).status_code == 200
            go_on.set()
        taken(client, 4)


def test_what_nobody_foresaw_refuses_once_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "memory")

    def fail(spool: Spool, lines: bytes) -> None:
        raise RuntimeError(lines.decode())

    api = make_api(tmp_path)
    with running(api) as address, httpx.Client(base_url=f"http://{address}", timeout=60) as client:
        with monkeypatch.context() as patch:
            patch.setattr(Spool, "append", fail)
            refused = give(client, 1)
            assert (refused.status_code, refused.json()["code"]) == (503, "feedback-unavailable")
        taken(client, 2)
    assert "Feedback was refused: RuntimeError" in caplog.text
    assert "Review 1" not in caplog.text


def test_a_spool_file_that_somebody_removes_is_made_again_with_what_was_in_it(
    tmp_path: Path, voxpop_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "memory")
    api = make_api(tmp_path, feedback_flush_s=0.5)
    log: FeedbackLog = api.state.service.desk.log
    with running(api) as address, httpx.Client(base_url=f"http://{address}", timeout=60) as client:
        accepted = [taken(client, 1)]
        for file in (voxpop_home / "feedback-spool").glob("*/*.open"):
            file.unlink()
        wait_until(lambda: give(client, 2).status_code == 202)
        wait_until(lambda: len(list(log.read())) == 2)
    assert accepted[0] in {record.id for record in log.read()}


def taken(client: httpx.Client, number: int) -> str:
    """Give feedback that has to be accepted; give its id."""
    answer = give(client, number)
    assert answer.status_code == 202, answer.text
    id_: str = answer.json()["feedback_id"]
    return id_


def failures(client: httpx.Client) -> float:
    told = client.get("/metrics").text
    (line,) = re.findall(r"^voxpop_feedback_store_failures_total (\S+)$", told, re.MULTILINE)
    return float(line)


def wait_until(holds: Callable[[], object], wait_s: float = 30.0) -> None:
    end = time.monotonic() + wait_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def use_up(disk: Path) -> list[Path]:
    """Make files until the disk takes no more of them."""
    made = []
    try:
        for number in range(10_000):
            made.append(disk / f"filler-{number}")
            made[-1].touch()
    except OSError:
        return made[:-1]
    raise AssertionError("the disk takes any number of files")


def give(
    client: httpx.Client, number: int, headers: dict[str, str] | None = None
) -> httpx.Response:
    text = f"Review {number}, " + "and so on " * 100
    return client.post("/feedback", json={"content": text, "label": "positive"}, headers=headers)


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
def small_disk(mounted: Path, files: int = 1_000) -> Iterator[None]:
    """Mount an empty file system of 8 MB, for so many files."""
    tried = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size=8m,nr_inodes={files}", "tmpfs", str(mounted)],
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
