"""Followers of a real local registry with small versions, and a registry that can go down."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from voxpop import (
    ObjectStore,
    PartConfig,
    Plugins,
    Registry,
    RegistryPart,
    StoreRegistry,
    StoreUnavailableError,
)
from voxpop.testing import MemoryStore, make_bundle, sample_parts
from voxpop_apps.api.following.follower import Follower
from voxpop_apps.api.observability.metrics import Metrics
from voxpop_apps.api.settings import ApiSettings


class SwitchedStore:
    """A store that can be unplugged; it counts what it is asked."""

    def __init__(self) -> None:
        self.inside = MemoryStore()
        self.plugged = threading.Event()
        self.plugged.set()
        self.hangs = threading.Event()  # answers only when it is set
        self.hangs.set()
        self.asked = 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def ask(*arguments: Any, **options: Any) -> Any:
            self.asked += 1
            self.hangs.wait(20)
            if not self.plugged.is_set():
                raise StoreUnavailableError("The store does not answer")
            return getattr(self.inside, name)(*arguments, **options)

        return ask


class NoOptions(PartConfig):
    """A registry without options."""


@pytest.fixture
def store() -> SwitchedStore:
    return SwitchedStore()


@pytest.fixture
def registry(store: SwitchedStore) -> StoreRegistry:
    return StoreRegistry(store.inside)


@pytest.fixture
def plugins(store: SwitchedStore, monkeypatch: pytest.MonkeyPatch) -> Plugins:
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "switched")
    objects: ObjectStore = store  # its methods come by __getattr__

    def open_registry(config: NoOptions) -> Registry:
        return StoreRegistry(objects)

    part = RegistryPart(name="switched", summary="x", config=NoOptions, open=open_registry)
    return Plugins.of(*sample_parts(), part)


@pytest.fixture
def publish(registry: StoreRegistry, tmp_path: Path) -> Callable[[int], str]:
    """Publish the version of a seed."""

    def publish(seed: int) -> str:
        directory = tmp_path / f"bundle-{seed}"
        if not directory.exists():
            make_bundle(directory, seed=seed)
        return registry.publish(directory)

    return publish


@pytest.fixture
def move(registry: StoreRegistry) -> Callable[[str, str], None]:
    """Point an alias at a version, wherever it pointed."""

    def move(version: str, alias: str = "champion") -> None:
        registry.move_alias(alias, version, expected=registry.aliases().get(alias))

    return move


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@asynccontextmanager
async def following(
    plugins: Plugins, metrics: Metrics | None = None, **settings: Any
) -> AsyncIterator[Follower]:
    """Run a follower that polls all the time."""
    options = {"poll_s": 0.05, "registry_wait_s": 5.0, **settings}
    follower = Follower(ApiSettings(**options), plugins, metrics or Metrics())
    await follower.start()
    try:
        yield follower
    finally:
        await follower.stop()


async def until(holds: Callable[[], object], wait_s: float = 60.0) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(wait_s):
        while not holds():
            await asyncio.sleep(0.01)


def values(metrics: Metrics) -> Iterator[tuple[str, float]]:
    """Give every sample as Prometheus reads it: name with labels, and value."""
    for line in metrics.render().decode().splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            yield name, float(value)
