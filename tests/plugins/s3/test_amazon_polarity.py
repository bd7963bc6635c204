"""The amazon-polarity reviews on a real S3 server, through a proxy that counts and harms."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.fault_proxy import Fault, FaultProxy
from tests.plugins.s3.conftest import BUCKET, client
from tests.plugins.s3.polarity import content, parquet, put, read, rows, texts
from tests.s3_server import SeaweedFS
from voxpop import (
    DataError,
    DataSourcePart,
    Event,
    Notice,
    Plugins,
    Progress,
    RunStopped,
    Splits,
    StoreError,
    StoreUnavailableError,
)
from voxpop.testing import DataSourceConformance, RecordingListener
from voxpop_plugins.s3.amazon_polarity.config import AmazonPolarityConfig
from voxpop_plugins.s3.plugin import load

TRAIN = [rows(600, "a"), rows(400, "b")]
TEST = rows(200, "t")
ALL = texts([*TRAIN[0], *TRAIN[1]])
ROOT = Path(__file__).parents[3]
HarmedReading = Callable[[Fault, int | None], None]
THOROUGH = [
    *(Fault.BUSY, Fault.RESET, Fault.LOST, Fault.CUT, Fault.FLIP),
    pytest.param(Fault.LATE, marks=pytest.mark.slow),
    pytest.param(Fault.HANG, marks=pytest.mark.slow),
]


@pytest.fixture(scope="module")
def prefix(server: SeaweedFS) -> str:
    """Where shards lie that no test changes."""
    prefix = uuid.uuid4().hex
    fill(server.url, prefix)
    return prefix


def fill(url: str, prefix: str) -> None:
    put(url, prefix, "train/0.parquet", parquet(TRAIN[0]))
    put(url, prefix, "train/1.parquet", parquet(TRAIN[1], write_page_checksum=True))
    put(url, prefix, "test/0.parquet", parquet(TEST))
    put(url, prefix, "train/README.md", b"no shard")
    put(url, prefix, "train/old/0.parquet", b"no shard either")


@pytest.fixture(scope="module")
def proxy(server: SeaweedFS) -> Iterator[FaultProxy]:
    with FaultProxy(server.url).running() as running:
        yield running


@pytest.fixture
def config(proxy: FaultProxy, prefix: str) -> AmazonPolarityConfig:
    proxy.plan.begin(None)
    return at(proxy, prefix)


def at(proxy: FaultProxy, prefix: str, limit: int | None = None) -> AmazonPolarityConfig:
    return AmazonPolarityConfig(
        bucket=BUCKET, prefix=prefix, endpoint_url=proxy.url, timeout_s=2.0, attempts=3, limit=limit
    )


def gets(proxy: FaultProxy) -> list[str]:
    """The requests that bring bytes of shards."""
    return [line for line in proxy.plan.requests if ".parquet" in line]


def asked_bytes(proxy: FaultProxy) -> int:
    spans = [re.search(r"bytes=(\d+)-(\d+)$", line) for line in gets(proxy)]
    return sum(int(span[2]) - int(span[1]) + 1 for span in spans if span)


class TestAmazonPolarity(DataSourceConformance):
    @pytest.fixture
    def part(self) -> DataSourcePart[AmazonPolarityConfig]:
        return Plugins.load(only=["s3"]).get(DataSourcePart, "amazon-polarity")

    @pytest.fixture
    def config(self, server: SeaweedFS, prefix: str) -> AmazonPolarityConfig:
        return AmazonPolarityConfig(bucket=BUCKET, prefix=prefix, endpoint_url=server.url)


def test_all_rows_come_in_the_order_of_the_shards(config: AmazonPolarityConfig) -> None:
    listener = RecordingListener()
    splits = read(config, listener)
    assert splits.labels == ("negative", "positive")
    assert splits.validation is None
    assert splits.test is not None
    assert content(splits.train) == ALL
    assert content(splits.test) == texts(TEST)
    told = [event for event in listener.events if isinstance(event, Progress)]
    for stage, unit in (("fetching", "bytes"), ("reading", "reviews")):
        mine = [event for event in told if event.stage == f"{stage} the train reviews"]
        assert mine[-1].done == mine[-1].total
        assert mine[-1].unit == unit


def test_a_second_run_gets_no_data(config: AmazonPolarityConfig, proxy: FaultProxy) -> None:
    first = read(config)
    assert gets(proxy)
    proxy.plan.begin(None)
    assert content(read(config).train) == content(first.train)
    assert gets(proxy) == []
    # A list of each split, twice over http://; and the manifest, were there one.
    assert len(proxy.plan.requests) == 5


def test_copies_are_gone_once_the_reviews_are_there(
    config: AmazonPolarityConfig, voxpop_home: Path
) -> None:
    read(config)
    left = [path.name for path in (voxpop_home / "cache").rglob("*") if path.is_file()]
    assert sorted(left) == ["entry.json"] * 2 + ["lock"] * 2 + ["reviews.arrow"] * 2


def test_a_limit_gets_its_row_groups_alone(
    config: AmazonPolarityConfig, proxy: FaultProxy, prefix: str, server: SeaweedFS
) -> None:
    big = uuid.uuid4().hex
    body = parquet(rows(20_000), group=100)
    put(server.url, big, "train/0.parquet", body)
    limited = at(proxy, big, limit=1_200)
    splits = read(limited)
    assert len(splits.train) == 1_200
    assert splits.test is None
    # Twice each: over http:// nothing else tells a flipped bit.
    footer = int.from_bytes(body[-8:-4], "little")
    assert asked_bytes(proxy) < 2 * (len(body) * (20 / 200 + 0.01) + footer)
    everything = texts(rows(20_000))
    chosen = [everything.index(row) for row in content(splits.train)]
    assert chosen == sorted(set(chosen))
    assert len({row // 1_000 for row in chosen}) >= 18  # from everywhere
    assert len({row // 100 for row in chosen}) == 20
    proxy.plan.begin(None)
    assert content(read(limited).train) == content(splits.train)
    assert gets(proxy) == []
    other = read(limited.model_copy(update={"seed": 1}))
    assert content(other.train) != content(splits.train)


def test_a_limit_holds_for_every_split_and_may_exceed_it(
    config: AmazonPolarityConfig, proxy: FaultProxy, prefix: str
) -> None:
    splits = read(at(proxy, prefix, limit=300))
    assert splits.test is not None
    assert (len(splits.train), len(splits.test)) == (300, 200)


@pytest.mark.parametrize("limit", [None, pytest.param(250, marks=pytest.mark.slow)])
@pytest.mark.parametrize("fault", THOROUGH)
def test_one_fault_at_any_request_gives_no_wrong_row(
    harmed_reading: HarmedReading, fault: Fault, limit: int | None
) -> None:
    harmed_reading(fault, limit)


def test_a_flipped_bit_in_a_sample_gives_no_wrong_row(harmed_reading: HarmedReading) -> None:
    harmed_reading(Fault.FLIP, 250)


@pytest.fixture
def harmed_reading(
    proxy: FaultProxy, server: SeaweedFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> HarmedReading:
    """Read through a fault at each request in turn, then without: always the same rows."""
    prefix = uuid.uuid4().hex
    # As another program may write them: neither packed nor with checksums, and one tells no sha256.
    plain: dict[str, Any] = {"compression": "none", "use_dictionary": False}
    put(server.url, prefix, "train/0.parquet", parquet(TRAIN[0], **plain), told=False)
    put(server.url, prefix, "test/0.parquet", parquet(TEST, **plain))

    def run(fault: Fault, limit: int | None) -> None:
        config = at(proxy, prefix, limit)
        expected: list[list[tuple[str, int]]] = []
        for number in count(-1):
            monkeypatch.setenv("VOXPOP_HOME", str(tmp_path / f"{number}"))
            proxy.plan.begin(fault, number)
            try:
                expected.append(rows_of(read(config)))
            except (DataError, StoreError):
                # What the lists and the answer about the manifest say is told and not mended.
                assert fault is Fault.FLIP
                assert ".parquet" not in proxy.plan.requests[number]
            harmed = proxy.plan.harmed
            proxy.plan.begin(None)
            expected.append(rows_of(read(config)))
            assert expected.count(expected[0]) == len(expected)
            if number >= 0 and not harmed:
                break
        assert number >= 10  # two lists twice, the manifest, two footers twice, the rest

    return run


def rows_of(splits: Splits) -> list[tuple[str, int]]:
    assert splits.test is not None
    return [*content(splits.train), *content(splits.test)]


def test_when_every_request_is_harmed_one_message_tells(
    proxy: FaultProxy, config: AmazonPolarityConfig
) -> None:
    proxy.plan.begin(Fault.RESET)
    with pytest.raises(StoreUnavailableError, match="asked 3 times") as raised:
        read(config)
    assert "\n" not in str(raised.value)


def test_a_fetch_that_was_stopped_goes_on(
    proxy: FaultProxy, server: SeaweedFS, tmp_path: Path
) -> None:
    prefix = uuid.uuid4().hex
    body = parquet(rows(300_000), group=20_000)
    assert len(body) > 3 * 8 * 2**20
    put(server.url, prefix, "train/0.parquet", body)
    config = at(proxy, prefix)
    proxy.plan.begin(None)

    def stop(event: Event) -> None:
        if isinstance(event, Progress) and event.stage.startswith("fetching"):
            raise RunStopped

    with pytest.raises(RunStopped):
        load(config, stop)
    before = asked_bytes(proxy)
    proxy.plan.begin(None)
    splits = load(config, RecordingListener())
    kept = len(body) % (8 * 2**20)  # the last range, the smallest: another may have come first
    assert 0 < asked_bytes(proxy) < len(body) - kept + 2**17
    assert before + asked_bytes(proxy) >= len(body)
    assert len(splits.train) == 300_000
    assert splits.train[299_999].text == texts(rows(300_000)[-1:])[0][0]


def test_a_sample_leaves_a_fetch_that_was_stopped_where_it_was(
    config: AmazonPolarityConfig, proxy: FaultProxy
) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == "reading the train reviews":
            raise RunStopped

    with pytest.raises(RunStopped):
        load(config, stop)
    assert len(read(config.model_copy(update={"limit": 100})).train) == 100
    proxy.plan.begin(None)
    assert content(read(config).train) == ALL
    assert not [line for line in gets(proxy) if "/train/" in line]


def test_what_a_power_cut_spoiled_is_fetched_again(
    proxy: FaultProxy, config: AmazonPolarityConfig, voxpop_home: Path
) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, Progress) and event.stage.startswith("reading"):
            raise RunStopped

    with pytest.raises(RunStopped):
        load(config, stop)
    copies = list(voxpop_home.rglob("*.parquet"))
    assert copies
    for copy in copies:
        with copy.open("r+b") as file:
            file.seek(5)
            file.write(bytes(50))
    assert content(read(config).train) == ALL


def test_a_replaced_object_is_read_again(proxy: FaultProxy, server: SeaweedFS) -> None:
    prefix = uuid.uuid4().hex
    fill(server.url, prefix)
    config = at(proxy, prefix)
    assert content(read(config).train) == ALL
    fresh = rows(300, "c")
    put(server.url, prefix, "train/1.parquet", parquet(fresh))
    assert content(read(config).train) == texts([*TRAIN[0], *fresh])


@pytest.mark.parametrize("limit", [None, 250])
def test_an_object_replaced_while_it_is_fetched_is_read_anew(
    proxy: FaultProxy, server: SeaweedFS, limit: int | None
) -> None:
    prefix = uuid.uuid4().hex
    fill(server.url, prefix)
    fresh = rows(700, "c")
    listener = RecordingListener()
    replaced = False

    def replace(event: Event) -> None:
        nonlocal replaced
        listener(event)
        if isinstance(event, Progress) and event.stage == "looking at the train reviews":
            if not replaced:
                put(server.url, prefix, "train/0.parquet", parquet(fresh))
                client(server.url).delete_object(Bucket=BUCKET, Key=f"{prefix}/train/1.parquet")
            replaced = True

    splits = load(at(proxy, prefix, limit), replace)
    assert set(content(splits.train)) <= set(texts(fresh))
    assert len(splits.train) == (limit or 700)
    notices = [event.message for event in listener.events if isinstance(event, Notice)]
    assert any("have changed" in notice for notice in notices)


def test_shards_that_keep_changing_are_given_up(proxy: FaultProxy, server: SeaweedFS) -> None:
    prefix = uuid.uuid4().hex
    numbers = count()

    def replace(event: Event) -> None:
        if isinstance(event, Progress) and event.stage.startswith("looking"):
            put(server.url, prefix, "train/0.parquet", parquet(rows(600, f"x{next(numbers)}")))

    put(server.url, prefix, "train/0.parquet", parquet(rows(600, "x")))
    with pytest.raises(StoreError, match="changed 3 times"):
        load(at(proxy, prefix).model_copy(update={"limit": 100}), replace)


READ = """
import json, sys
from voxpop import DataSourcePart, Plugins
part = Plugins.load(only=["s3"]).get(DataSourcePart, "amazon-polarity")
splits = part.load(part.config(**json.loads(sys.argv[1])), lambda event: None)
print(len(splits.train), sum(splits.train.labels), splits.train[-1].text)
"""


def reader(config: AmazonPolarityConfig) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", READ, json.dumps(config.model_dump())],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_processes_share_one_cache_and_fetch_once(
    config: AmazonPolarityConfig, proxy: FaultProxy
) -> None:
    proxy.plan.late_s = 0.05
    proxy.plan.begin(Fault.LATE)
    readers = [reader(config) for _ in range(4)]
    told = set()
    for one in readers:
        out, err = one.communicate(timeout=120)
        assert one.returncode == 0, err
        told.add(out)
    assert told == {f"1000 500 {ALL[-1][0]}\n"}
    assert max(Counter(gets(proxy)).values()) <= 2  # the footers come twice over http://


def test_a_killed_fetch_goes_on(
    config: AmazonPolarityConfig, proxy: FaultProxy, voxpop_home: Path
) -> None:
    proxy.plan.late_s = 1.0
    proxy.plan.begin(Fault.LATE)
    killed = reader(config)
    deadline = time.monotonic() + 60
    while not gets(proxy):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    proxy.plan.begin(None)
    assert content(read(config).train) == ALL


DIES_BEFORE_IT_TIDIES = """
import os, signal, sys

def watch(event, arguments):
    if event == "os.remove" and "/fetching/" in str(arguments[0]):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
"""


def test_copies_that_a_killed_run_left_are_removed_by_the_next(
    config: AmazonPolarityConfig, proxy: FaultProxy, voxpop_home: Path
) -> None:
    killed = subprocess.run(
        [
            *(sys.executable, "-c", DIES_BEFORE_IT_TIDIES + READ),
            json.dumps(config.model_copy(update={"limit": 900}).model_dump()),
        ],
        cwd=ROOT,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert list(voxpop_home.rglob("*.parquet"))
    proxy.plan.begin(None)
    assert len(read(config.model_copy(update={"limit": 900})).train) == 900
    assert not [line for line in gets(proxy) if "/train/" in line]
    assert not list(voxpop_home.rglob("*.parquet"))
    assert not list(voxpop_home.rglob("*.jsonl"))
