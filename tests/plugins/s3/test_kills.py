"""kill -9 at any point of a publish, a move and a fetch in S3: nothing half-done is visible."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kills import CASES, Case, Fetch, kill_evenly
from tests.registry_process import WarmProcess
from voxpop_plugins.s3.config import S3StoreConfig


@pytest.fixture
def warm(aws_settings: None) -> Iterator[WarmProcess]:
    with WarmProcess() as process:
        yield process


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path, config: S3StoreConfig) -> Case:
    made: Case = CASES[request.param](tmp_path, config.model_dump_json())
    return made


@pytest.fixture
def fetch(tmp_path: Path, config: S3StoreConfig) -> Fetch:
    return Fetch(tmp_path, config.model_dump_json())


def test_kills_spread_over_a_job_leave_nothing_half_done(case: Case, warm: WarmProcess) -> None:
    record = kill_evenly(case, warm, kills=4)
    assert record.committed[False] >= 1
    assert record.committed[True] >= 1


def test_a_killed_fetch_leaves_no_half_bundle(fetch: Fetch, warm: WarmProcess) -> None:
    record = kill_evenly(fetch, warm, kills=4)
    assert record.committed[False] >= 2
    assert any(phase.startswith("downloading ") for phase in record.phases)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_kills_spread_over_a_job_leave_nothing_half_done(
    case: Case, warm: WarmProcess
) -> None:
    record = kill_evenly(case, warm, kills=100)
    assert record.committed.total() >= 100
    assert record.committed[False] >= 10
    assert record.committed[True] >= 10


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_killed_fetches_leave_no_half_bundle(fetch: Fetch, warm: WarmProcess) -> None:
    record = kill_evenly(fetch, warm, kills=100)
    # It is over with the rename that commits it: few kills fall after that, if any.
    assert record.committed.total() >= 90
    assert record.committed[False] >= 80
    assert {phase.partition(" ")[0] for phase in record.phases} >= {"downloading", "downloaded"}
