"""kill -9 at any point of a publish and of an alias move in S3: nothing half-done is visible."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kills import CASES, Case, kill_evenly
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


def test_kills_spread_over_a_job_leave_nothing_half_done(case: Case, warm: WarmProcess) -> None:
    record = kill_evenly(case, warm, kills=4)
    assert record.committed[False] >= 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_kills_spread_over_a_job_leave_nothing_half_done(
    case: Case, warm: WarmProcess
) -> None:
    record = kill_evenly(case, warm, kills=100)
    assert record.committed.total() >= 100
    assert record.committed[False] >= 10
    assert record.committed[True] >= 10
