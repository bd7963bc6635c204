"""The fixtures of a store that can go down."""

from tests.followers import store

__all__ = ["store"]
