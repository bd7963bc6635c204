"""A data set goes into S3 whole, once, and under faults."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.core.shards.data_sets import ROWS, fetch
from tests.fault_proxy import Fault, FaultProxy
from tests.plugins.s3.conftest import BUCKET, store_at
from tests.s3_server import SeaweedFS
from voxpop import (
    DataError,
    ObjectStore,
    VoxpopError,
    check_store,
    push_shards,
    read_dataset_manifest,
)
from voxpop_plugins.s3.config import S3StoreConfig
from voxpop_plugins.s3.plugin import open_store

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def proxy(server: SeaweedFS) -> Iterator[FaultProxy]:
    with FaultProxy(server.url).running() as running:
        yield running


def test_the_second_push_sends_no_file(proxy: FaultProxy, tmp_path: Path) -> None:
    manifest, store = fetch(tmp_path), store_at(proxy.url)
    proxy.plan.begin(None)
    assert push_shards(tmp_path, store).sent == tuple(sorted(manifest.files))
    assert sum(line.startswith("PUT ") for line in proxy.plan.requests) == len(manifest.files) + 2
    proxy.plan.begin(None)
    assert push_shards(tmp_path, store).sent == ()
    methods = [line.split()[0] for line in proxy.plan.requests]
    assert methods.count("HEAD") == len(manifest.files)
    assert methods.count("GET") == 4  # the manifest, and a list of each split
    assert set(methods) == {"HEAD", "GET"}
    assert check_store(store)[1] == []
    assert check_store(store, download=True)[1] == []


THOROUGH = [Fault.BUSY, Fault.RESET, Fault.CUT, Fault.LOST, Fault.FLIP, Fault.FLIP_REQUEST]


@pytest.mark.slow
@pytest.mark.parametrize("fault", THOROUGH)
def test_under_a_fault_at_any_request_a_push_ends_well_or_is_done_again(
    proxy: FaultProxy, tmp_path: Path, fault: Fault
) -> None:
    fetch(tmp_path)
    assert push_under(fault, range(10_000), proxy, tmp_path) >= 11


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.LOST])
def test_under_a_fault_at_some_requests_a_push_ends_well_or_is_done_again(
    proxy: FaultProxy, tmp_path: Path, fault: Fault
) -> None:
    fetch(tmp_path)
    push_under(fault, range(0, 11, 3), proxy, tmp_path)


def push_under(fault: Fault, numbers: Iterable[int], proxy: FaultProxy, directory: Path) -> int:
    """Push with a fault at the request of each number, until a push has fewer; gives how many."""
    for number in numbers:
        store = store_at(proxy.url)
        proxy.plan.begin(fault, number)
        try:
            push_shards(directory, store)
        except VoxpopError:
            proxy.plan.begin(None)
            push_shards(directory, store)
        asked = len(proxy.plan.requests)
        proxy.plan.begin(None)
        assert check_store(store, download=True)[1] == []
        if asked <= number:
            break
    return number


PUSH = """
import sys
from pathlib import Path
from voxpop import push_shards
from voxpop_plugins.s3.config import S3StoreConfig
from voxpop_plugins.s3.plugin import open_store

store = open_store(S3StoreConfig.model_validate_json(sys.argv[1]))
push_shards(Path(sys.argv[2]), store, replace=True)
"""


@pytest.mark.slow
def test_a_push_killed_at_any_request_is_told_and_done_again(
    proxy: FaultProxy, tmp_path: Path, aws_settings: None
) -> None:
    """kill -9 while the push waits for the answer to its request of each number in turn."""
    for name, rows in (("old", ROWS), ("new", ROWS[::-1])):
        fetch(tmp_path / name, rows)
    killed = 0
    for number in range(1, 10_000):
        place = S3StoreConfig(bucket=BUCKET, prefix=f"kill-{uuid.uuid4().hex}")
        place = place.model_copy(update={"endpoint_url": proxy.url})
        store = open_store(place)
        proxy.plan.begin(None)
        push_shards(tmp_path / "old", store)
        if _killed_at(number, proxy, place, tmp_path / "new"):
            killed += 1
            _check_killed(store, tmp_path)
        push_shards(tmp_path / "new", store, replace=True)
        manifest, flaws = check_store(store, download=True)
        assert (manifest.is_same_data(read_dataset_manifest(tmp_path / "new")), flaws) == (True, [])
        if number > killed:
            break
    assert killed >= 12


def _killed_at(number: int, proxy: FaultProxy, place: S3StoreConfig, directory: Path) -> bool:
    """Start a push and kill it at the request of that number; tell whether it came so far."""
    proxy.plan.late_s = 0.3
    proxy.plan.begin(Fault.LATE, number - 1)
    process = subprocess.Popen(
        [sys.executable, "-c", PUSH, place.model_dump_json(), str(directory)], cwd=ROOT
    )
    deadline = time.monotonic() + 60
    while len(proxy.plan.requests) < number and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    killed = process.wait() == -signal.SIGKILL
    proxy.plan.begin(None)
    return killed


def _check_killed(store: ObjectStore, folder: Path) -> None:
    """The old data set, the new one, or a refusal; nothing between."""
    refused = ""
    try:
        manifest, flaws = check_store(store, download=True)
    except DataError as error:
        refused = str(error)
    if refused:
        assert "still being written" in refused
        return
    assert flaws == []
    sets = [read_dataset_manifest(folder / name) for name in ("old", "new")]
    assert any(map(manifest.is_same_data, sets))
