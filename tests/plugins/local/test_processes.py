"""Several processes at work on one registry: no update is lost and nobody sees half of anything."""

import shutil
import threading
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.bundles import make_bundle
from tests.registry_process import Outcome, WarmProcess
from voxpop import ReferenceNotFoundError, StoreRegistry, verify_bundle
from voxpop_plugins.local.store import LocalStore


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "registry"


@pytest.fixture
def registry(directory: Path) -> StoreRegistry:
    return StoreRegistry(LocalStore(directory))


@pytest.fixture
def versions(registry: StoreRegistry, tmp_path: Path) -> list[str]:
    names = ("first", "second", "third")
    for name in names:
        make_bundle(tmp_path / name, name)
    return [registry.publish(tmp_path / name) for name in names]


class Background:
    """A job of the warm process that runs beside the test."""

    def __init__(self, warm: WarmProcess, *job: object) -> None:
        self.outcome: Outcome | None = None

        def run() -> None:
            self.outcome = warm.run(str(job[0]), *job[1:])

        self._thread = threading.Thread(target=run)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def join(self) -> Outcome:
        self._thread.join()
        assert self.outcome is not None, "the job failed"
        return self.outcome


def check_no_update_is_lost(
    registry: StoreRegistry, job: Background, versions: list[str], moves: int
) -> None:
    looks = 0
    while job.running:  # as a reader sees it meanwhile
        told = registry.history("champion")
        assert all(before.version == after.previous for before, after in pairwise(told))
        assert registry.aliases().get("champion", versions[0]) in versions
        looks += 1
    assert looks
    made = Counter(
        tuple(line.split()[1:]) for line in job.join().lines if line.startswith("moved ")
    )
    told = registry.history("champion")
    assert made.total() == len(told) == moves
    assert made == Counter((str(move.previous), str(move.version)) for move in told)
    assert all(before.version == after.previous for before, after in pairwise(told))
    assert registry.resolve("champion") == told[-1].version


def test_eight_processes_move_one_alias_and_no_update_is_lost(
    warm: WarmProcess, registry: StoreRegistry, directory: Path, versions: list[str]
) -> None:
    job = Background(warm, "compete", directory, 8, 20, *versions)
    check_no_update_is_lost(registry, job, versions, moves=160)


@pytest.mark.slow
def test_sixteen_processes_move_one_alias_and_no_update_is_lost(
    warm: WarmProcess, registry: StoreRegistry, directory: Path, versions: list[str]
) -> None:
    job = Background(warm, "compete", directory, 16, 25, *versions)
    check_no_update_is_lost(registry, job, versions, moves=400)


def test_readers_see_whole_versions_or_none(
    warm: WarmProcess,
    registry: StoreRegistry,
    directory: Path,
    versions: list[str],
    tmp_path: Path,
) -> None:
    _, coming = make_bundle(
        tmp_path / "coming", "coming", {"model/a": b"a" * 300_000, "tokenizer/b": b"b" * 300_000}
    )
    job = Background(warm, "come_and_go", directory, tmp_path / "coming", 25)
    seen: Counter[str] = Counter()
    into = tmp_path / "fetched"
    while job.running:
        listed = list(registry.versions())
        assert set(versions) <= set(listed) <= {*versions, coming}
        try:
            registry.fetch(coming, into)
        except ReferenceNotFoundError:
            seen["none"] += 1
            assert not into.exists()
        else:
            seen["whole"] += 1
            assert verify_bundle(into, coming)[1] == coming
            shutil.rmtree(into)
    job.join()
    assert seen["none"]
    assert coming not in list(registry.versions())
