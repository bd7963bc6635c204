"""Publish, promote, delete and gc at once, in any order of store operations, killed or not."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bundles import make_bundle
from tests.core.registry.stepping import Worker, run
from voxpop import (
    AliasConflictError,
    ObjectStore,
    RegistryError,
    StoreRegistry,
    VersionProtectedError,
)
from voxpop.testing import MemoryStore

FILES = {"model/a": b"a", "tokenizer/b": b"b"}


@dataclass(frozen=True)
class World:
    """Two bundles: `held` is published and the champion; `other` is to be published or is."""

    held: tuple[Path, str]
    other: tuple[Path, str]
    beginnings: dict[bool, MemoryStore]

    def store(self, other_is_published: bool) -> MemoryStore:
        """Give a fresh copy of the beginning."""
        store, beginning = MemoryStore(), self.beginnings[other_is_published]
        for key in beginning.list(""):
            store.write(key, beginning.read(key)[0], expected=None)
        return store


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("races")
    held, other = [
        (root / name, make_bundle(root / name, name, FILES)[1]) for name in ("held", "other")
    ]
    beginnings = {True: MemoryStore(), False: MemoryStore()}
    for other_is_published, store in beginnings.items():
        registry = StoreRegistry(store)
        registry.publish(held[0])
        registry.move_alias("champion", held[1], expected=None)
        if other_is_published:
            registry.publish(other[0])
    return World(held, other, beginnings)


Job = Callable[[World, StoreRegistry], object]
JOBS: dict[str, Job] = {
    "publish": lambda world, registry: registry.publish(world.other[0]),
    "promote": lambda world, registry: registry.move_alias(
        "champion", world.other[1], expected=world.held[1]
    ),
    "promote elsewhere": lambda world, registry: registry.move_alias(
        "candidate", world.other[1], expected=None
    ),
    "remove the alias": lambda world, registry: registry.move_alias(
        "champion", None, expected=world.held[1]
    ),
    "delete": lambda world, registry: registry.delete(world.other[1]),
    "delete the held": lambda world, registry: registry.delete(world.held[1]),
    "gc": lambda world, registry: registry.gc(),
}


def start(world: World, name: str) -> Callable[[ObjectStore], object]:
    return lambda store: JOBS[name](world, StoreRegistry(store))


def check(store: MemoryStore) -> None:
    """Every version is whole, and every alias points at one."""
    registry = StoreRegistry(store)
    versions = list(registry.versions())
    for version in versions:
        for path, record in registry.manifest(version).files.items():
            stored, _ = store.read(f"versions/{version}/{path}")
            assert hashlib.sha256(stored).hexdigest() == record.sha256
    for alias, version in registry.aliases().items():
        assert registry.resolve(alias) == version
        assert version in versions


def check_recovery(world: World, store: MemoryStore) -> None:
    """Once the dead are cleared away, all work can be done."""
    registry = StoreRegistry(store)
    registry.gc(min_age_s=0)
    assert not list(store.list("claims/"))
    version = registry.publish(world.other[0])
    assert version == world.other[1]
    registry.move_alias("champion", version, expected=registry.aliases().get("champion"))
    check(store)
    for alias in list(registry.aliases()):
        registry.move_alias(alias, None, expected=version)
    registry.delete(version)
    assert not list(store.list(f"versions/{version}/"))
    check(store)


def check_outcomes(store: MemoryStore, names: Sequence[str], workers: list[Worker]) -> None:
    """The faults are refusals, and what was published is there unless somebody deletes."""
    for name, worker in zip(names, workers, strict=True):
        assert worker.fault is None or isinstance(worker.fault, RegistryError)
        if name == "publish" and worker.given and "delete" not in names:
            assert worker.given in list(StoreRegistry(store).versions())


PAIRS = [(one, other) for one in JOBS for other in JOBS]


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("published", [True, False])
def test_one_job_in_the_midst_of_another_breaks_nothing(
    world: World, one: str, other: str, published: bool
) -> None:
    jobs = [start(world, one), start(world, other)]
    steps = run(world.store(published), jobs[:1], [])[0].steps
    for done in range(steps + 1):
        store = world.store(published)
        check_outcomes(store, [one, other], run(store, jobs, [0] * done + [1] * 40))
        assert not list(store.list("claims/"))
        check(store)


@pytest.mark.parametrize(
    ("one", "other", "published"),
    [
        ("publish", "gc", False),
        ("publish", "delete", True),
        ("publish", "publish", False),
        ("promote", "delete", True),
        ("promote", "promote", True),
        ("promote elsewhere", "delete", True),
    ],
)
def test_two_jobs_that_interrupt_each_other_break_nothing(
    world: World, one: str, other: str, published: bool
) -> None:
    jobs = [start(world, one), start(world, other)]
    steps, others = [run(world.store(published), [job], [])[0].steps for job in jobs]
    for done in range(steps + 1):
        for others_done in range(others + 3):  # the other meets more to do than when alone
            store = world.store(published)
            workers = run(store, jobs, [0] * done + [1] * others_done + [0] * 40)
            check_outcomes(store, [one, other], workers)
            check(store)


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("published", [True, False])
def test_a_job_killed_at_any_operation_breaks_nothing(
    world: World, job: str, published: bool
) -> None:
    alone = start(world, job)
    steps = run(world.store(published), [alone], [])[0].steps
    for done in range(steps):
        store = world.store(published)
        [worker] = run(store, [alone], [0] * done, kills=[0])
        assert worker.killed
        check(store)
        check_recovery(world, store)


@settings(max_examples=100, deadline=None)
@given(
    jobs=st.lists(st.sampled_from(sorted(JOBS)), min_size=2, max_size=3),
    schedule=st.lists(st.integers(0, 2), max_size=45),
    kills=st.sets(st.integers(0, 2)),
    published=st.booleans(),
)
def test_no_order_of_operations_and_no_kill_breaks_anything(
    world: World, jobs: list[str], schedule: list[int], kills: set[int], published: bool
) -> None:
    store = world.store(published)
    workers = run(
        store,
        [start(world, job) for job in jobs],
        [number for number in schedule if number < len(jobs)],
        [number for number in sorted(kills) if number < len(jobs)],
    )
    check_outcomes(store, jobs, workers)
    check(store)
    check_recovery(world, store)


@pytest.fixture
def published(world: World) -> MemoryStore:
    return world.store(True)


def test_a_version_that_an_alias_is_made_for_is_protected(
    world: World, published: MemoryStore
) -> None:
    promote, delete = start(world, "promote elsewhere"), start(world, "delete")
    # The making of an alias reads the alias, then writes its claim.
    promoted, deleted = run(published, [promote, delete], [0, 0] + [1] * 40)
    assert promoted.fault is None
    assert isinstance(deleted.fault, VersionProtectedError)
    assert "a promotion of it began at" in str(deleted.fault)


def test_a_deletion_bars_the_moves_of_those_who_looked_before(
    world: World, published: MemoryStore
) -> None:
    promote, delete = start(world, "promote"), start(world, "delete")
    # A move reads the alias, the claims and the manifest, then writes.
    promoted, deleted = run(published, [promote, delete], [0, 0, 0] + [1] * 40)
    assert isinstance(promoted.fault, AliasConflictError)
    assert deleted.fault is None
    registry = StoreRegistry(published)
    assert registry.resolve("champion") == world.held[1]
    assert len(registry.history("champion")) == 1  # a fence is no move


def test_the_dead_block_others_only_until_they_count_as_dead(
    world: World, published: MemoryStore
) -> None:
    [dead] = run(published, [start(world, "promote elsewhere")], [0, 0], kills=[0])
    assert dead.killed
    registry = StoreRegistry(published)
    with pytest.raises(VersionProtectedError, match="voxpop registry gc --min-age 0"):
        registry.delete(world.other[1])
    assert registry.gc() == []
    assert len(registry.gc(min_age_s=0)) == 1
    registry.delete(world.other[1])
