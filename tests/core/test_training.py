"""Whole runs through the public door, with small real parts: a second each, and no Keras."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import voxpop
from voxpop import (
    AliasKept,
    AliasMoved,
    ConfigError,
    Evaluated,
    Event,
    Plugins,
    Registry,
    RunConfig,
    RunStopped,
    StageStarted,
    StoreAccessError,
    StoreUnavailableError,
    Tag,
    VersionPublished,
)
from voxpop.registry import StoreRegistry
from voxpop.testing import (
    MemoryStore,
    RecordingListener,
    SampleReviewsConfig,
    sample_plugins,
    sample_rows,
)

CONFIG: dict[str, Any] = {
    "seed": 7,
    "data": {"name": "sample-reviews"},
    "tokenizer": {"name": "words"},
    "model": {"name": "word-weights"},
    "registry": {"name": "memory"},
    "promotion": {"alias": "champion", "metric": "accuracy", "minimum": 0.5},
}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def plugins(store: MemoryStore) -> Plugins:
    return sample_plugins(store=store)


@pytest.fixture
def registry(store: MemoryStore) -> Registry:
    return StoreRegistry(store)


def test_a_run_publishes_a_version_that_answers(plugins: Plugins, registry: Registry) -> None:
    trained = voxpop.train(CONFIG, plugins=plugins)
    assert trained.version in list(registry.versions())
    assert trained.promotion == AliasMoved(alias="champion", version=trained.version, previous=None)
    classifier = voxpop.load("champion", registry=registry, plugins=plugins)
    assert classifier.version == trained.version
    bad, good = classifier.predict(["awful, broken", "excellent, lovely"])
    assert (bad.label, good.label) == ("negative", "positive")
    assert bad.confidence == max(bad.probabilities.values()) > 0.5
    assert sum(good.probabilities.values()) == pytest.approx(1)


def test_the_manifest_says_what_was_done(plugins: Plugins, registry: Registry) -> None:
    manifest = registry.manifest(voxpop.train(CONFIG, plugins=plugins).version)
    assert manifest.labels == ("negative", "positive")
    assert manifest.parts.model.name == "word-weights"
    assert manifest.run_config["seed"] == 7
    assert manifest.run_config["splits"]["test"] == 0.2
    assert set(manifest.metrics) >= {"accuracy", "f1", "log_loss", "ece"}
    assert manifest.data.train + manifest.data.validation + manifest.data.test > 0
    assert manifest.environment["voxpop"]
    assert {"report/report.html", "report/metrics.json"} <= set(manifest.files)
    assert len(manifest.golden) > 10
    assert sum(manifest.baseline.label_shares.values()) == pytest.approx(1)


def test_what_is_measured_is_what_is_served(plugins: Plugins, registry: Registry) -> None:
    trained = voxpop.train(CONFIG, plugins=plugins)
    classifier = voxpop.load(trained.version, registry=registry, plugins=plugins)
    run = RunConfig.of(classifier.manifest.run_config, plugins=plugins)
    again = voxpop.evaluate(classifier, run)
    assert again.metrics == pytest.approx(dict(trained.manifest.metrics))


def test_the_same_config_and_data_give_the_same_figures(plugins: Plugins) -> None:
    first = voxpop.train(CONFIG, plugins=plugins).manifest
    second = voxpop.train(CONFIG, plugins=plugins).manifest
    assert first.metrics == second.metrics
    assert first.data == second.data
    assert first.golden == second.golden


def test_a_second_version_that_is_not_better_leaves_the_champion(
    plugins: Plugins, registry: Registry
) -> None:
    champion = voxpop.train(CONFIG, plugins=plugins).version
    second = voxpop.train(CONFIG, plugins=plugins)
    assert second.version != champion
    assert isinstance(second.promotion, AliasKept)
    assert registry.resolve("champion") == champion


def test_other_test_rows_have_the_holder_measured_again(
    plugins: Plugins, registry: Registry
) -> None:
    voxpop.train(CONFIG, plugins=plugins)
    listener = RecordingListener()
    other = voxpop.train(CONFIG | {"seed": 8}, plugins=plugins, listeners=[listener])
    stages = [event.stage for event in listener.events if isinstance(event, StageStarted)]
    assert any("the holder of 'champion'" in stage for stage in stages)
    assert other.promotion is not None


def test_no_promotion_table_means_no_alias(plugins: Plugins, registry: Registry) -> None:
    config = {key: table for key, table in CONFIG.items() if key != "promotion"}
    assert voxpop.train(config, plugins=plugins).promotion is None
    assert registry.aliases() == {}


def test_listeners_hear_the_run_in_order(plugins: Plugins) -> None:
    listener = RecordingListener()
    trained = voxpop.train(CONFIG, plugins=plugins, listeners=[listener])
    kinds = [type(event) for event in listener.events]
    order = [kinds.index(kind) for kind in (StageStarted, Evaluated, VersionPublished, AliasMoved)]
    assert order == sorted(order)
    assert VersionPublished(version=trained.version) in listener.events


def test_listeners_of_the_run_config_hear_it_too(store: MemoryStore) -> None:
    listener = RecordingListener()
    plugins = sample_plugins(store=store, listener=listener)
    voxpop.train(CONFIG | {"listeners": [{"name": "recording"}]}, plugins=plugins)
    assert any(isinstance(event, VersionPublished) for event in listener.events)


@pytest.mark.parametrize("stage", ["reading reviews", "training", "measuring", "publishing"])
def test_a_stopped_run_leaves_nothing(
    plugins: Plugins, registry: Registry, voxpop_home: Path, stage: str
) -> None:
    def stop(event: Event) -> None:
        if event == StageStarted(stage=stage):
            raise RunStopped(f"stopped at {stage}")

    with pytest.raises(RunStopped, match=stage):
        voxpop.train(CONFIG, plugins=plugins, listeners=[stop])
    assert list(registry.versions()) == []
    assert registry.aliases() == {}
    assert list((voxpop_home / "cache" / "runs").iterdir()) == []


class Refusing(MemoryStore):
    """A store that refuses what begins so; None: nothing."""

    refused: str | None = None

    def _refuse(self, key: str) -> None:
        if self.refused is not None and key.startswith(self.refused):
            raise StoreAccessError(f"no rights to {key}")

    def write(self, key: str, data: bytes, *, expected: Tag | None) -> Tag:
        self._refuse(key)
        return super().write(key, data, expected=expected)

    def upload(self, source: Path, key: str) -> None:
        self._refuse(key)
        super().upload(source, key)


def test_a_registry_that_cannot_be_written_is_told_before_any_work(plugins: Plugins) -> None:
    store = Refusing()
    store.refused = "claims/"
    heard: list[Event] = []
    with pytest.raises(StoreAccessError, match="no rights to claims/"):
        voxpop.train(
            CONFIG, plugins=plugins, registry=StoreRegistry(store), listeners=[heard.append]
        )
    assert heard == []


def test_the_probe_leaves_nothing(store: MemoryStore) -> None:
    StoreRegistry(store).check_writable()
    assert list(store.list("")) == []


def test_a_version_that_cannot_be_published_is_kept(plugins: Plugins, voxpop_home: Path) -> None:
    store = Refusing()
    store.refused = "versions/"
    registry = StoreRegistry(store)
    with pytest.raises(StoreAccessError, match="voxpop registry publish") as raised:
        voxpop.train(CONFIG, plugins=plugins, registry=registry)
    (kept,) = (voxpop_home / "unpublished").iterdir()
    assert f"voxpop registry publish {kept}" in str(raised.value)
    assert list((voxpop_home / "cache" / "runs").iterdir()) == []
    store.refused = None
    assert registry.publish(kept) == kept.name


def test_what_another_registry_raises_is_kept_too(
    plugins: Plugins, store: MemoryStore, voxpop_home: Path
) -> None:
    class Other(StoreRegistry):
        def publish(self, bundle: Path) -> str:
            raise TypeError("a bug")

    with pytest.raises(TypeError, match="a bug") as raised:
        voxpop.train(CONFIG, plugins=plugins, registry=Other(store))
    (kept,) = (voxpop_home / "unpublished").iterdir()
    assert str(kept) in raised.value.__notes__[0]


def test_a_version_that_can_be_kept_nowhere_says_why(
    plugins: Plugins, voxpop_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Refusing()
    store.refused = "versions/"
    voxpop_home.mkdir()
    (voxpop_home / "unpublished").write_text("a file in its place")
    with pytest.raises(StoreAccessError, match="no rights to versions/"):
        voxpop.train(CONFIG, plugins=plugins, registry=StoreRegistry(store))
    assert "cannot be kept either" in caplog.text


def test_a_report_does_without_a_rival_that_cannot_be_asked_for(plugins: Plugins) -> None:
    class Silent(StoreRegistry):
        asked = 0

        def aliases(self) -> Mapping[str, str]:
            self.asked += 1
            if self.asked == 1:
                raise StoreUnavailableError("the bucket does not answer")
            return super().aliases()

    registry = Silent(MemoryStore())
    trained = voxpop.train(CONFIG, plugins=plugins, registry=registry)
    assert registry.resolve("champion") == trained.version


def test_a_config_mistake_is_told_before_any_work(plugins: Plugins) -> None:
    heard: list[Event] = []
    with pytest.raises(ConfigError, match="word-weight"):
        voxpop.train(
            CONFIG | {"model": {"name": "word-weight"}}, plugins=plugins, listeners=[heard.append]
        )
    assert heard == []


def test_a_file_is_a_run_config(plugins: Plugins, tmp_path: Path) -> None:
    run = RunConfig.of(CONFIG, plugins=plugins)
    file = tmp_path / "run.toml"
    file.write_text(run.to_toml(), encoding="utf-8")
    from_file = voxpop.train(file, plugins=plugins)
    from_text = voxpop.train(str(file), plugins=plugins)
    assert from_file.manifest.metrics == from_text.manifest.metrics


def test_the_report_is_self_contained(plugins: Plugins, registry: Registry, tmp_path: Path) -> None:
    registry.fetch(voxpop.train(CONFIG, plugins=plugins).version, tmp_path / "bundle")
    page = (tmp_path / "bundle/report/report.html").read_text(encoding="utf-8")
    figures = json.loads((tmp_path / "bundle/report/metrics.json").read_text(encoding="utf-8"))
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page
    assert figures["evaluation"]["metrics"]["accuracy"] > 0.5


@pytest.mark.parametrize("texts", [True, False])
def test_a_bundle_quotes_reviews_only_where_it_may(
    plugins: Plugins, registry: Registry, tmp_path: Path, texts: bool
) -> None:
    weak = {"name": "word-weights", "epochs": 1, "learning_rate": 1e-6}  # mistakes to be quoted
    run = CONFIG | {"model": weak, "report": {"texts": texts}}
    registry.fetch(voxpop.train(run, plugins=plugins).version, tmp_path / "bundle")
    files = [file for file in (tmp_path / "bundle").rglob("*") if file.is_file()]
    quoting = {
        file.name
        for file in files
        for text, _ in sample_rows(SampleReviewsConfig())
        if text.encode() in file.read_bytes()
    }
    assert quoting == ({"report.html"} if texts else set())


def test_public_functions_take_any_sequence(plugins: Plugins, registry: Registry) -> None:
    trained = voxpop.train(CONFIG, plugins=plugins)
    classifier = voxpop.load(trained.version, registry=registry, plugins=plugins)
    texts: Sequence[str] = ("good", "bad")
    assert len(classifier.predict(texts)) == 2
    assert classifier.predict([]) == []
