from pathlib import Path

import pytest

from voxpop import ObjectStore, Registry
from voxpop.testing import RegistryConformance, StoreConformance
from voxpop_plugins.local.config import LocalRegistryConfig, LocalStoreConfig
from voxpop_plugins.local.plugin import open_registry, open_store


class TestLocalStore(StoreConformance):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return open_store(LocalStoreConfig(directory=tmp_path / "store"))


class TestLocalRegistry(RegistryConformance):
    @pytest.fixture
    def registry(self, tmp_path: Path) -> Registry:
        return open_registry(LocalRegistryConfig(directory=tmp_path / "registry"))
