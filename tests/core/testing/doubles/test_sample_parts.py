"""A whole run on the sample parts: small, and real in every step."""

from __future__ import annotations

from voxpop import EpochEnded, RegistryPart, StoreRegistry, VersionPublished, train
from voxpop.testing import MemoryStore, RecordingListener, sample_plugins

RUN = {
    "seed": 7,
    "data": {"name": "sample-reviews", "count": 120},
    "tokenizer": {"name": "words"},
    "model": {"name": "word-weights", "epochs": 5},
    "registry": {"name": "memory"},
    "promotion": {"alias": "champion", "metric": "accuracy", "minimum": 0.8},
    "listeners": [{"name": "recording"}],
}


def test_a_run_goes_through() -> None:
    store, listener = MemoryStore(), RecordingListener()
    trained = train(RUN, plugins=sample_plugins(store=store, listener=listener))
    assert StoreRegistry(store).aliases() == {"champion": trained.version}
    assert trained.manifest.metrics["accuracy"] >= 0.8
    assert trained.manifest.parts.model.name == "word-weights"
    assert [event.epoch for event in listener.of(EpochEnded)] == [1, 2, 3, 4, 5]
    assert listener.of(VersionPublished) == [VersionPublished(version=trained.version)]


def test_each_call_begins_with_an_empty_store() -> None:
    train(RUN, plugins=sample_plugins())
    again = sample_plugins().get(RegistryPart, "memory")
    assert list(again.open(again.config()).versions()) == []
