"""Registers the linear model."""

from __future__ import annotations

from collections.abc import Iterator

from voxpop import ModelPart, hookimpl
from voxpop_plugins.linear import model
from voxpop_plugins.linear.config import LinearConfig


@hookimpl
def voxpop_models() -> Iterator[ModelPart[LinearConfig]]:
    """Offer the linear model."""
    yield ModelPart(
        name="linear",
        summary="Logistic regression on words and pairs of words, fitted in seconds",
        config=LinearConfig,
        fit=model.fit,
        load=model.load,
    )
