"""kill -9 at any point of a publish and of an alias move: nothing half-done is ever visible."""

import logging
from pathlib import Path

import pytest

from tests.kills import CASES, Case, Fetch, Record, kill_evenly
from tests.registry_process import WarmProcess

logger = logging.getLogger(__name__)


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    made: Case = CASES[request.param](tmp_path, str(tmp_path / "registry"))
    return made


def kill_at_file_operations(case: Case, warm: WarmProcess, stride: int) -> Record:
    record, number = Record(), 0
    while True:
        job, *arguments = case.prepare()
        outcome = warm.run(str(job), *arguments, die_at=number)
        record.add(case, outcome)
        if not outcome.killed:
            return record
        number += stride


def test_a_kill_at_a_file_operation_leaves_nothing_half_done(case: Case, warm: WarmProcess) -> None:
    record = kill_at_file_operations(case, warm, stride=3)
    assert record.committed[False] >= 2
    assert record.committed[True] >= 1


def test_a_killed_fetch_leaves_no_half_bundle(warm: WarmProcess, tmp_path: Path) -> None:
    record = kill_at_file_operations(Fetch(tmp_path, str(tmp_path / "registry")), warm, stride=2)
    assert record.committed[False] >= 5


@pytest.mark.slow
def test_a_kill_at_any_file_operation_leaves_nothing_half_done(
    case: Case, warm: WarmProcess
) -> None:
    record = kill_at_file_operations(case, warm, stride=1)
    logger.info("%s", record)
    assert record.committed[False] >= 10
    assert record.committed[True] >= 3  # a move has little left to do


def test_kills_spread_over_a_job_leave_nothing_half_done(case: Case, warm: WarmProcess) -> None:
    record = kill_evenly(case, warm, kills=12)
    assert record.committed[False] >= 1


@pytest.mark.slow
def test_a_hundred_kills_spread_over_a_job_leave_nothing_half_done(
    case: Case, warm: WarmProcess
) -> None:
    record = kill_evenly(case, warm, kills=100)
    assert record.committed.total() >= 100
    assert record.committed[False] >= 10
    assert record.committed[True] >= 10
