"""The fixture of a server's metrics."""

from tests.followers import metrics

__all__ = ["metrics"]
