"""A data set goes into S3 whole, once, and under faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.shards.data_sets import fetch
from tests.fault_proxy import Fault, FaultProxy
from tests.plugins.s3.conftest import store_at
from tests.s3_server import SeaweedFS
from voxpop import VoxpopError, check_store, push_shards


@pytest.fixture(scope="module")
def proxy(server: SeaweedFS) -> Iterator[FaultProxy]:
    with FaultProxy(server.url).running() as running:
        yield running


def test_the_second_push_sends_no_file(proxy: FaultProxy, tmp_path: Path) -> None:
    manifest, store = fetch(tmp_path), store_at(proxy.url)
    proxy.plan.begin(None)
    assert push_shards(tmp_path, store).sent == tuple(sorted(manifest.files))
    assert sum(line.startswith("PUT ") for line in proxy.plan.requests) == len(manifest.files) + 1
    proxy.plan.begin(None)
    assert push_shards(tmp_path, store).sent == ()
    methods = [line.split()[0] for line in proxy.plan.requests]
    assert methods.count("HEAD") == len(manifest.files)
    assert methods.count("GET") == 4  # the manifest, and a list of each split
    assert set(methods) == {"HEAD", "GET"}
    assert check_store(store)[1] == []
    assert check_store(store, download=True)[1] == []


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.RESET, Fault.CUT, Fault.LOST])
def test_under_a_fault_at_any_request_a_push_ends_well_or_is_done_again(
    proxy: FaultProxy, tmp_path: Path, fault: Fault
) -> None:
    fetch(tmp_path)
    number = 0
    while True:
        store = store_at(proxy.url)
        proxy.plan.begin(fault, number)
        try:
            push_shards(tmp_path, store)
        except VoxpopError:
            proxy.plan.begin(None)
            push_shards(tmp_path, store)
        harmed = proxy.plan.harmed
        proxy.plan.begin(None)
        assert check_store(store, download=True)[1] == []
        if not harmed:
            break
        number += 3
    assert number >= 9
