"""A small part of every kind, so that a whole run takes a second and needs no plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voxpop.interfaces import ObjectStore, Registry
from voxpop.parts import AnyPart, ListenerPart, PartConfig, RegistryPart, StorePart
from voxpop.testing.doubles.memory_store import MemoryStore
from voxpop.testing.doubles.recording_listener import RecordingListener
from voxpop.testing.doubles.sample_reviews import SAMPLE_REVIEWS
from voxpop.testing.doubles.word_tokenizer import WORDS
from voxpop.testing.doubles.word_weights import WORD_WEIGHTS

if TYPE_CHECKING:
    from voxpop.plugins import Plugins


class NoOptions(PartConfig):
    """A part without options."""


def sample_parts(
    *, store: ObjectStore | None = None, listener: RecordingListener | None = None
) -> tuple[AnyPart, ...]:
    """Give a part of every kind.

    Data source `sample-reviews`, tokenizer `words`, model `word-weights`, registry `memory`, store
    `memory`, listener `recording`. The registry keeps its versions in `store` and the listener is
    `listener`: pass your own to look into them. Each call begins with an empty store.
    """
    objects = MemoryStore() if store is None else store
    recording = RecordingListener() if listener is None else listener

    def open_registry(config: NoOptions) -> Registry:
        from voxpop.registry import StoreRegistry

        return StoreRegistry(objects)

    return (
        SAMPLE_REVIEWS,
        WORDS,
        WORD_WEIGHTS,
        RegistryPart(
            name="memory",
            summary="Versions in memory; for tests",
            config=NoOptions,
            open=open_registry,
        ),
        StorePart(
            name="memory",
            summary="Bytes in memory; for tests",
            config=NoOptions,
            open=lambda config: objects,
        ),
        ListenerPart(
            name="recording",
            summary="Keeps every event; for tests",
            config=NoOptions,
            open=lambda config: recording,
        ),
    )


def sample_plugins(
    *, store: ObjectStore | None = None, listener: RecordingListener | None = None
) -> Plugins:
    """Give plugins that offer `sample_parts` and nothing else."""
    from voxpop.plugins import Plugins

    return Plugins.of(*sample_parts(store=store, listener=listener))
