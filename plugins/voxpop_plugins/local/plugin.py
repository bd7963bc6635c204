"""Registers the parts that keep things in a directory of this machine."""

from __future__ import annotations

from collections.abc import Iterable

from voxpop import ObjectStore, Registry, RegistryPart, Settings, StorePart, StoreRegistry, hookimpl
from voxpop_plugins.local.config import LocalRegistryConfig, LocalStoreConfig


def open_store(config: LocalStoreConfig) -> ObjectStore:
    """Open the store; its directory is made by the first write."""
    from voxpop_plugins.local.store import LocalStore

    return LocalStore(config.directory or Settings().home / "store")


def open_registry(config: LocalRegistryConfig) -> Registry:
    """Open the registry; its directory is made by the first publish."""
    from voxpop_plugins.local.store import LocalStore

    store = LocalStore(config.directory or Settings().home / "registry")
    return StoreRegistry(store, location=str(store.directory))


@hookimpl
def voxpop_stores() -> Iterable[StorePart[LocalStoreConfig]]:
    """Offer the local store."""
    yield StorePart(
        name="local",
        summary="Objects in a directory of this machine",
        config=LocalStoreConfig,
        open=open_store,
    )


@hookimpl
def voxpop_registries() -> Iterable[RegistryPart[LocalRegistryConfig]]:
    """Offer the local registry."""
    yield RegistryPart(
        name="local",
        summary="Versions in a directory of this machine",
        config=LocalRegistryConfig,
        open=open_registry,
    )
