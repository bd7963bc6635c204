from pathlib import Path

import pytest

from tests.bundles import make_bundle
from voxpop import StoreRegistry
from voxpop.testing import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def registry(store: MemoryStore) -> StoreRegistry:
    return StoreRegistry(store, location="the shelf")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    make_bundle(tmp_path / "bundle")
    return tmp_path / "bundle"


@pytest.fixture
def versions(registry: StoreRegistry, tmp_path: Path) -> list[str]:
    """Three published versions, in the order in which they were made."""
    for name in ("first", "second", "third"):
        make_bundle(tmp_path / name, name)
    return [registry.publish(tmp_path / name) for name in ("first", "second", "third")]
