"""The rules of versions and aliases, once, over any object store."""

from voxpop.registry.history import rollback
from voxpop.registry.store_registry import StoreRegistry

__all__ = ["StoreRegistry", "rollback"]
