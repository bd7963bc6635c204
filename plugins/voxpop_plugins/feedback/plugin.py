"""Registers the feedback as a data source."""

from __future__ import annotations

from collections.abc import Iterable

from voxpop import DataSourcePart, Listener, Splits, hookimpl
from voxpop_plugins.feedback.config import FeedbackConfig


def load(config: FeedbackConfig, listen: Listener) -> Splits:
    """Read the feedback log, as one train split."""
    from voxpop_plugins.feedback.source import load_feedback

    return load_feedback(config, listen)


@hookimpl
def voxpop_data_sources() -> Iterable[DataSourcePart[FeedbackConfig]]:
    """Offer the feedback."""
    yield DataSourcePart(
        name="feedback",
        summary="Reviews with the labels that people gave them through the API",
        config=FeedbackConfig,
        load=load,
    )
