"""Registers the data sets of the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Iterable

from voxpop import DataSourcePart, Listener, Splits, hookimpl
from voxpop_plugins.huggingface.config import HuggingFaceConfig


def load(config: HuggingFaceConfig, listen: Listener) -> Splits:
    """Read the splits of a data set, converted once and then mapped into memory."""
    from voxpop_plugins.huggingface.source import load_data_set

    return load_data_set(config, listen)


@hookimpl
def voxpop_data_sources() -> Iterable[DataSourcePart[HuggingFaceConfig]]:
    """Offer the Hub."""
    yield DataSourcePart(
        name="huggingface",
        summary="Reviews in a data set of the Hugging Face Hub, or in a folder of files",
        config=HuggingFaceConfig,
        load=load,
    )
