"""The fixtures of a registry that can go down."""

from tests.followers import metrics, move, plugins, publish, registry, store

__all__ = ["metrics", "move", "plugins", "publish", "registry", "store"]
