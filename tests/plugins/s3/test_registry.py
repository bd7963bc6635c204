"""The registry in S3 as people and processes use it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest

from tests.bundles import make_bundle as make_plain_bundle
from tests.fault_proxy import FaultProxy
from tests.plugins.s3.conftest import BUCKET, act_as, client
from tests.s3_server import READER, SeaweedFS, seaweedfs
from voxpop import (
    Plugins,
    Registry,
    RegistryPart,
    Settings,
    StoreAccessError,
    StoreRegistry,
    StoreUnavailableError,
    load,
    open_registry,
)
from voxpop.testing import make_bundle, sample_parts, sample_plugins
from voxpop_plugins.s3.config import S3StoreConfig
from voxpop_plugins.s3.plugin import open_store

T = TypeVar("T")

logger = logging.getLogger(__name__)
ROOT = Path(__file__).parents[3]


@pytest.fixture
def registry(config: S3StoreConfig, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The registry of the process settings, as an operator gives them: all text."""
    assert config.endpoint_url is not None
    for option, value in {
        "NAME": "s3",
        "BUCKET": config.bucket,
        "PREFIX": config.prefix,
        "ENDPOINT_URL": config.endpoint_url,
        "PATH_STYLE": "true",
        "TIMEOUT_S": "10",
        "ATTEMPTS": "6",
    }.items():
        monkeypatch.setenv(f"VOXPOP_REGISTRY__{option}", value)
    return open_registry(Plugins.load(), Settings())


def test_a_machine_that_may_only_read_serves(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_bundle(tmp_path / "bundle")
    version = registry.publish(tmp_path / "bundle")
    registry.move_alias("champion", version, expected=None)
    act_as(READER, monkeypatch)
    reading = open_registry(Plugins.load(), Settings())
    classifier = load("champion", registry=reading, plugins=sample_plugins())
    assert classifier.version == version
    assert list(reading.versions()) == [version]
    assert len(reading.history("champion")) == 1
    with pytest.raises(StoreAccessError):
        reading.move_alias("champion", None, expected=version)
    with pytest.raises(StoreAccessError):
        reading.delete(version)
    assert registry.resolve("champion") == version


def test_two_servers_that_aws_settings_name_are_not_mixed_up(
    registry: Registry, server: SeaweedFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_bundle(tmp_path / "bundle")
    version = registry.publish(tmp_path / "bundle")
    registry.move_alias("champion", version, expected=None)
    for option in ("ENDPOINT_URL", "PATH_STYLE"):
        monkeypatch.delenv(f"VOXPOP_REGISTRY__{option}")
    monkeypatch.setenv("VOXPOP_REGISTRY__ATTEMPTS", "1")
    plugins = Plugins.of(*sample_parts(), Plugins.load().get(RegistryPart, "s3"))
    with FaultProxy(server.url).running() as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        assert load(plugins=plugins).version == version
    assert load(plugins=plugins).version == version  # from the disk: that server is gone
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(StoreUnavailableError, match=r"http://127\.0\.0\.1:1 does not answer"):
        load(plugins=plugins)


def test_the_command_line_reads_it(registry: Registry, tmp_path: Path) -> None:
    make_bundle(tmp_path / "bundle")
    version = registry.publish(tmp_path / "bundle")
    registry.move_alias("champion", version, expected=None)
    listed = run("-c", "from voxpop_apps.cli.main import main; main()", "registry", "list")
    assert version in listed
    assert "champion" in listed


@pytest.mark.parametrize(
    ("processes", "moves", "limit_s"),
    [(4, 10, None), pytest.param(16, 200, 300, marks=pytest.mark.slow)],
)
@pytest.mark.timeout(900)
def test_processes_that_publish_and_move_one_alias_lose_no_move_and_none_reads_half_of_one(
    registry: Registry, tmp_path: Path, processes: int, moves: int, limit_s: float | None
) -> None:
    make_bundle(tmp_path / "first", seed=1)
    first = registry.publish(tmp_path / "first")
    registry.move_alias("champion", first, expected=None)

    def start(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.plugins.s3.mover", *map(str, arguments)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    began = time.monotonic()
    watchers = [start("watch", "champion") for _ in range(processes)]
    movers = [
        start("move", "champion", moves, number, tmp_path) for number in range(1, processes + 1)
    ]
    told: list[list[tuple[str, str]]] = []  # by each mover: from where to where, in its order
    for mover in movers:
        printed, _ = mover.communicate()
        assert mover.returncode == 0
        pairs = [line.split(" ") for line in printed.splitlines()]
        told.append([(holder, to) for holder, to in pairs])
    took_s = time.monotonic() - began
    logger.info("%d moves in %.1f s", processes * moves, took_s)
    history = registry.history("champion")
    registry.move_alias("champion", None, expected=registry.resolve("champion"))
    for watcher in watchers:
        reads, _ = watcher.communicate()
        assert watcher.returncode == 0
        assert int(reads) > 0

    assert len(history) == 1 + processes * moves
    assert all(after.previous == before.version for before, after in pairwise(history))
    mover_of = {to: number for number, made in enumerate(told) for _, to in made}
    kept: list[list[tuple[str | None, str | None]]] = [[] for _ in told]
    for made in history[1:]:
        assert made.version is not None
        kept[mover_of[made.version]].append((made.previous, made.version))
    assert kept == told  # each mover's own moves, in the order in which it made them
    published = set(registry.versions()) - {first}
    assert len(published) == processes * (1 + -(-moves // 50))
    assert set(mover_of) <= published
    if limit_s is not None:
        assert took_s < limit_s


@pytest.mark.slow
def test_a_server_that_dies_and_comes_back_is_waited_for(tmp_path: Path) -> None:
    with seaweedfs(tmp_path / "server") as server:
        client(server.url).create_bucket(Bucket=BUCKET)
        config = S3StoreConfig(bucket=BUCKET, endpoint_url=server.url, attempts=12)
        store = open_store(config)
        tag = store.write("count", b"0", expected=None)
        for turn in range(1, 61):
            if turn in (20, 40):
                server.kill()
                coming_back = threading.Thread(target=server.start)
                coming_back.start()
            tag = store.write("count", b"%d" % turn, expected=tag)
            if turn in (20, 40):
                coming_back.join()
        assert store.read("count") == (b"60", tag)


def test_a_server_that_dies_in_the_middle_of_a_publish_and_of_a_fetch_is_waited_for(
    tmp_path: Path,
) -> None:
    files = {f"model/{name}": os.urandom(40 * 2**20) for name in ("model.onnx", "model.keras")}
    _, version = make_plain_bundle(tmp_path / "bundle", "large", files)
    with seaweedfs(tmp_path / "server") as server, ThreadPoolExecutor(1) as pool:
        s3 = client(server.url)
        s3.create_bucket(Bucket=BUCKET)
        registry = StoreRegistry(
            open_store(S3StoreConfig(bucket=BUCKET, endpoint_url=server.url, attempts=12))
        )

        def parts_sent() -> int:
            uploads = s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
            target = {name: uploads[0][name] for name in ("Key", "UploadId")} if uploads else None
            return len(s3.list_parts(Bucket=BUCKET, **target).get("Parts", [])) if target else 0

        def bytes_fetched() -> int:
            staged = tmp_path.glob(".into.fetching-*/model/.*")
            return sum(path.stat().st_size for path in staged)

        def survives(job: Future[T], is_in_the_middle: Callable[[], bool]) -> T:
            deadline = time.monotonic() + 60
            while not is_in_the_middle():
                assert not job.done(), "it was over before the server died"
                assert time.monotonic() < deadline
            server.kill()
            assert not job.done()
            server.start()
            return job.result(120)

        published = survives(
            pool.submit(registry.publish, tmp_path / "bundle"), lambda: parts_sent() >= 2
        )
        assert published == version
        survives(
            pool.submit(registry.fetch, version, tmp_path / "into"),
            lambda: 2**22 < bytes_fetched() < 38 * 2**20,
        )
        assert all((tmp_path / "into" / path).read_bytes() == files[path] for path in files)
        assert registry.gc(min_age_s=0) == []


def test_gc_removes_the_parts_of_uploads_that_were_killed(
    server: SeaweedFS, config: S3StoreConfig
) -> None:
    s3, registry = client(server.url), StoreRegistry(open_store(config))
    keys = [f"versions/v-0123456789abcdef/model/{number}" for number in range(3)]
    for key in (*keys, "notes"):
        place = {"Bucket": BUCKET, "Key": f"{config.prefix}{key}"}
        upload = s3.create_multipart_upload(**place)["UploadId"]
        s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"part" * 2**18)
    assert registry.gc() == []  # none of them is two hours old
    assert registry.gc(min_age_s=0) == [f"{key} (parts of an unfinished upload)" for key in keys]
    left = s3.list_multipart_uploads(Bucket=BUCKET, Prefix=config.prefix)["Uploads"]
    assert [upload["Key"] for upload in left] == [f"{config.prefix}notes"]
    assert registry.gc(min_age_s=0) == []


def test_boto3_is_imported_only_when_an_s3_part_is_opened(server: SeaweedFS) -> None:
    told = run(
        "-c",
        "import sys\n"
        "from voxpop import Plugins, RegistryPart, options_of\n"
        "part = Plugins.load().get(RegistryPart, 's3')\n"
        "assert [option.name for option in options_of(part)][0] == 'bucket'\n"
        "config = part.config(bucket='voxpop-tests')\n"
        "loaded = lambda: {'boto3', 'botocore', 'urllib3'} & set(sys.modules)\n"
        "assert not loaded(), loaded()\n"
        "part.open(config)\n"
        "assert 'boto3' in loaded()\n"
        "print('well')\n",
    )
    assert told == "well\n"


def test_without_boto3_the_extra_is_named() -> None:
    told = run(
        "-c",
        "import sys\n"
        "sys.modules['boto3'] = None\n"
        "from voxpop import MissingExtraError, Plugins, StorePart\n"
        "part = Plugins.load().get(StorePart, 's3')\n"
        "try:\n"
        "    part.open(part.config(bucket='voxpop-tests'))\n"
        "except MissingExtraError as error:\n"
        "    print(error)\n",
    )
    assert 'pip install "voxpop[s3]"' in told


def run(*arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, *arguments],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
