"""What a network and a busy server do to a store and a registry, at every request."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.fault_proxy import Fault, FaultProxy
from tests.plugins.s3.conftest import BUCKET, store_at
from tests.s3_server import SeaweedFS
from voxpop import ObjectChangedError, StoreError, StoreRegistry, StoreUnavailableError, VoxpopError
from voxpop.testing import make_bundle
from voxpop_plugins.s3.config import S3StoreConfig
from voxpop_plugins.s3.plugin import open_store
from voxpop_plugins.s3.store import S3Store
from voxpop_plugins.s3.upload import PART_BYTES

QUICK = [Fault.BUSY, Fault.RESET, Fault.LOST, Fault.CUT, Fault.FLIP, Fault.FLIP_REQUEST]
THOROUGH = [
    *QUICK,
    Fault.LATE,
    pytest.param(Fault.HANG, marks=pytest.mark.slow),
]


@pytest.fixture(scope="module")
def proxy(server: SeaweedFS) -> Iterator[FaultProxy]:
    with FaultProxy(server.url).running() as running:
        yield running


@pytest.fixture
def store(proxy: FaultProxy) -> S3Store:
    proxy.plan.begin(None)
    return store_at(proxy.url)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("bundles") / "bundle"
    make_bundle(directory)
    return directory


@pytest.mark.parametrize("fault", THOROUGH)
def test_a_publish_outlives_one_fault_at_any_request(
    proxy: FaultProxy, bundle: Path, tmp_path: Path, fault: Fault
) -> None:
    refused = 0
    for number in count():
        store = store_at(proxy.url)
        registry = StoreRegistry(store)
        proxy.plan.begin(fault, number)
        try:
            version = registry.publish(bundle)
        except VoxpopError:
            refused += 1
        harmed = proxy.plan.harmed
        proxy.plan.begin(None)
        version = registry.publish(bundle)
        assert list(registry.versions()) == [version]
        registry.fetch(version, tmp_path / f"{number}")
        assert contents(tmp_path / f"{number}") == contents(bundle)
        if not harmed:
            break
    assert number > len(contents(bundle))  # every file, the manifest and the claims were harmed
    # A flipped bit in a list of keys is told by nothing but TLS; all else is repeated.
    assert refused == 0 or fault is Fault.FLIP


@pytest.mark.parametrize("fault", THOROUGH)
def test_a_fetch_outlives_one_fault_at_any_request(
    proxy: FaultProxy, store: S3Store, bundle: Path, tmp_path: Path, fault: Fault
) -> None:
    registry = StoreRegistry(store)
    version = registry.publish(bundle)
    registry.move_alias("champion", version, expected=None)
    for number in count():
        proxy.plan.begin(fault, number)
        assert registry.resolve("champion") == version
        registry.fetch(version, tmp_path / f"{number}")
        assert contents(tmp_path / f"{number}") == contents(bundle)
        if not proxy.plan.harmed:
            break
    assert number > len(contents(bundle))


@pytest.mark.parametrize("fault", THOROUGH)
@pytest.mark.parametrize("alias_is_there", [True, False])
def test_a_move_outlives_one_fault_at_any_request(
    proxy: FaultProxy,
    store: S3Store,
    bundle: Path,
    tmp_path: Path,
    fault: Fault,
    alias_is_there: bool,
) -> None:
    registry = StoreRegistry(store)
    make_bundle(tmp_path / "other", seed=2)
    one, other = registry.publish(bundle), registry.publish(tmp_path / "other")
    told: list[str] = []
    for number in count():
        alias, before = f"alias-{number}", []
        if alias_is_there:
            registry.move_alias(alias, one, expected=None)
            before = [one]
        proxy.plan.begin(fault, number)
        try:
            registry.move_alias(alias, other, expected=one if alias_is_there else None)
        except VoxpopError as error:
            told.append(str(error))
        harmed = proxy.plan.harmed
        proxy.plan.begin(None)
        registry.move_alias(alias, other, expected=registry.aliases().get(alias))
        assert registry.resolve(alias) == other
        assert [move.version for move in registry.history(alias)] == [*before, other]
        if not harmed:
            break
    assert number >= (4 if alias_is_there else 6)  # the claim too is written and removed
    assert not told or fault is Fault.FLIP
    assert "\n" not in "".join(told)


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.RESET, Fault.LOST, Fault.CUT])
def test_when_every_request_is_harmed_one_message_tells_and_later_all_is_well(
    proxy: FaultProxy, store: S3Store, bundle: Path, tmp_path: Path, fault: Fault
) -> None:
    registry = StoreRegistry(store)
    version = registry.publish(bundle)
    proxy.plan.begin(fault)
    with pytest.raises(StoreUnavailableError, match="asked 4 times") as raised:
        registry.fetch(version, tmp_path / "into")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "into").exists()
    assert len(proxy.plan.requests) == 4
    proxy.plan.begin(None)
    registry.fetch(version, tmp_path / "into")
    assert contents(tmp_path / "into") == contents(bundle)


def test_a_publish_that_finds_the_server_gone_asks_one_request_as_often_as_it_may(
    proxy: FaultProxy, bundle: Path
) -> None:
    registry = StoreRegistry(store_at(proxy.url))
    proxy.plan.begin(Fault.BUSY, range(4, 1_000))  # from the first upload on
    with pytest.raises(StoreUnavailableError, match="asked 4 times"):
        registry.publish(bundle)
    assert len(set(proxy.plan.requests[3:])) == 2
    assert len(proxy.plan.requests) == 4 + 4
    proxy.plan.begin(None)
    assert registry.publish(bundle) in list(registry.versions())


def test_a_silent_server_is_given_up_in_bounded_time(proxy: FaultProxy) -> None:
    impatient = S3StoreConfig(bucket=BUCKET, endpoint_url=proxy.url, timeout_s=0.3, attempts=2)
    proxy.plan.begin(Fault.HANG)
    began = time.monotonic()
    with pytest.raises(StoreUnavailableError, match=r"does not answer .* asked 2 times"):
        open_store(impatient).read("key")
    assert time.monotonic() - began < 10
    assert len(proxy.plan.requests) == 2


def test_a_move_whose_answer_was_lost_is_made_once(
    proxy: FaultProxy, store: S3Store, bundle: Path
) -> None:
    registry = StoreRegistry(store)
    version = registry.publish(bundle)
    registry.move_alias("champion", version, expected=None)
    registry.move_alias("champion", None, expected=version)
    proxy.plan.begin(None)
    registry.move_alias("champion", version, expected=None)
    [move] = [line for line in proxy.plan.requests if line.startswith("PUT")]
    at = proxy.plan.requests.index(move)
    registry.move_alias("champion", None, expected=version)
    proxy.plan.begin(Fault.LOST, at)
    registry.move_alias("champion", version, expected=None)
    assert proxy.plan.harmed == 1
    assert len(registry.history("champion")) == 5


def test_a_move_whose_answer_was_lost_counts_though_somebody_moved_the_alias_on(
    proxy: FaultProxy, store: S3Store, bundle: Path, tmp_path: Path
) -> None:
    registry = StoreRegistry(store)
    make_bundle(tmp_path / "other", seed=2)
    one, other = registry.publish(bundle), registry.publish(tmp_path / "other")
    registry.move_alias("champion", one, expected=None)
    proxy.plan.begin(None)
    registry.move_alias("champion", other, expected=one)
    [at] = [at for at, line in enumerate(proxy.plan.requests) if line.startswith("PUT")]
    registry.move_alias("champion", one, expected=other)

    def move_on() -> None:
        proxy.plan.begin(None)
        registry.move_alias("champion", one, expected=other)

    proxy.plan.begin(Fault.LOST, at, move_on)
    registry.move_alias("champion", other, expected=one)
    assert len(proxy.plan.requests) > 0
    moves = [move.version for move in registry.history("champion")]
    assert moves == [one, other, one, other, one]


def test_of_writers_of_the_same_bytes_only_the_one_that_wrote_has_won(
    proxy: FaultProxy, store: S3Store
) -> None:
    store.write("key", b"same", expected=None)
    proxy.plan.begin(Fault.RESET, 0)  # nothing is done, and the writer cannot know
    with pytest.raises(ObjectChangedError):
        store.write("key", b"same", expected=None)


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.LOST])
def test_a_write_whose_answer_is_lost_wins(proxy: FaultProxy, store: S3Store, fault: Fault) -> None:
    proxy.plan.begin(fault, 0)
    first = store.write("key", b"first", expected=None)
    proxy.plan.begin(fault, 0)
    second = store.write("key", b"second", expected=first)
    assert store.read("key") == (b"second", second)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.LOST,
        *(pytest.param(fault, marks=pytest.mark.slow) for fault in QUICK if fault != Fault.LOST),
    ],
)
def test_large_files_go_in_parts_whatever_request_is_harmed(
    proxy: FaultProxy, tmp_path: Path, fault: Fault
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    body = os.urandom(2 * PART_BYTES + 1)
    source.write_bytes(body)
    for number in count():
        store = store_at(proxy.url)
        proxy.plan.begin(fault, number)
        try:
            store.upload(source, "large")
        except StoreError:
            # In the XML that names the upload or its parts, which brings no checksum.
            assert fault in (Fault.FLIP, Fault.FLIP_REQUEST)
        if not proxy.plan.harmed:
            break
        proxy.plan.begin(None)
        store.upload(source, "large")
        store.download("large", target)
        assert target.read_bytes() == body
    assert number == 5  # begin, three parts, end


def test_of_uploads_of_the_same_bytes_at_once_all_succeed(
    proxy: FaultProxy, store: S3Store, tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(2 * PART_BYTES + 1))

    def upload_too() -> None:
        proxy.plan.begin(None)
        store.upload(source, "large")

    proxy.plan.begin(Fault.LOST, 4, upload_too)  # the request that joins the parts
    store.upload(source, "large")
    assert sum("POST" in line for line in proxy.plan.requests) == 3  # the other's two, ours again
    store.download("large", target)
    assert target.read_bytes() == source.read_bytes()


def test_a_cut_download_goes_on_where_it_was_cut(
    proxy: FaultProxy, store: S3Store, tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(2 * PART_BYTES + 1))
    store.upload(source, "large")
    proxy.plan.begin(Fault.CUT, 0)
    store.download("large", target)
    assert target.read_bytes() == source.read_bytes()
    first, second = proxy.plan.requests
    assert "bytes=" not in first
    assert int(second.partition("bytes=")[2].rstrip("-")) > PART_BYTES // 2
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_large_download_is_not_given_up_while_it_gets_on(
    proxy: FaultProxy, store: S3Store, tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(64 * 2**20))
    store.upload(source, "large")
    proxy.plan.begin(Fault.CUT, range(5))  # in halves: the last of them brings 2 MiB
    store.download("large", target)  # of a store that asks 4 times
    assert proxy.plan.harmed == 5
    assert target.read_bytes() == source.read_bytes()
    proxy.plan.begin(Fault.CUT)
    with pytest.raises(StoreUnavailableError):
        store.download("large", target)
    # A reset takes what is on the way with it, less or more of it; each further MiB counts anew.
    assert 4 < len(proxy.plan.requests) <= 64 + 4


def test_a_flipped_download_begins_anew(proxy: FaultProxy, store: S3Store, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(PART_BYTES + 1))
    store.upload(source, "large")
    proxy.plan.begin(Fault.FLIP, 0)
    store.download("large", target)
    assert target.read_bytes() == source.read_bytes()
    assert all("bytes=" not in line for line in proxy.plan.requests)


def test_bytes_that_arrive_wrong_every_time_are_never_given(
    proxy: FaultProxy, store: S3Store, tmp_path: Path
) -> None:
    store.write("key", b"data" * 1_000, expected=None)
    proxy.plan.begin(Fault.FLIP)
    with pytest.raises(StoreError, match="not those that were stored"):
        store.read("key")
    (tmp_path / "target").write_bytes(b"old")
    with pytest.raises(StoreError, match="not those that were stored"):
        store.download("key", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"old"


def contents(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }
