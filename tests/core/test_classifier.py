"""A version loaded for use, through the cache on disk."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import voxpop
from voxpop import (
    BundleError,
    Classifier,
    DataError,
    PartNotFoundError,
    Plugins,
    StoreRegistry,
    TokenBatch,
)
from voxpop.loading import load_version
from voxpop.testing import MemoryStore, sample_plugins

RUN = {
    "data": {"name": "sample-reviews"},
    "tokenizer": {"name": "words"},
    "model": {"name": "word-weights"},
    "registry": {"name": "memory"},
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> MemoryStore:
    """A registry's store with one trained version; trained once for the module."""
    store = MemoryStore()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOXPOP_HOME", str(tmp_path_factory.mktemp("home")))
        voxpop.train(RUN, plugins=sample_plugins(store=store))
    return store


@pytest.fixture
def registry(store: MemoryStore) -> StoreRegistry:
    return StoreRegistry(store)


@pytest.fixture
def version(registry: StoreRegistry) -> str:
    (version,) = registry.versions()
    return version


@pytest.fixture
def classifier(registry: StoreRegistry, version: str) -> Classifier:
    return load_version(registry, version, plugins=sample_plugins())


def test_answers_come_in_order_and_do_not_depend_on_their_company(classifier: Classifier) -> None:
    texts = ["excellent", "awful", "", "excellent and awful", "unheard-of words"]
    together = classifier.probabilities(texts)
    alone = np.concatenate([classifier.probabilities([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-6)
    assert np.allclose(together.sum(axis=1), 1)


def test_more_texts_than_one_chunk_are_all_answered(classifier: Classifier) -> None:
    texts = ["excellent", "awful"] * 2_500
    labels = [prediction.label for prediction in classifier.predict(texts)]
    assert labels == ["positive", "negative"] * 2_500


def test_confidence_is_that_of_the_label_shown(classifier: Classifier) -> None:
    for prediction in classifier.predict(["awful, broken", "excellent, lovely"]):
        assert prediction.confidence == prediction.probabilities[prediction.label]
        assert prediction.confidence >= 0.5
        assert tuple(prediction.probabilities) == classifier.labels


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "é" * 100_000, "🙂‍↔️", "مرحبا"])
def test_any_text_gets_an_answer(classifier: Classifier, text: str) -> None:
    assert 0.5 <= classifier.predict([text])[0].confidence <= 1


def test_what_is_no_text_is_refused_by_its_place(classifier: Classifier) -> None:
    with pytest.raises(DataError, match="Text 2 of 2 is a int, not a str"):
        classifier.predict(["good", 5])  # type: ignore[list-item]


def test_a_single_text_is_no_list_of_texts(classifier: Classifier) -> None:
    with pytest.raises(DataError, match=r"predict\(\[text\]\)"):
        classifier.predict("great box")


def test_a_version_is_fetched_once(
    registry: StoreRegistry, version: str, voxpop_home: Path
) -> None:
    load_version(registry, version, plugins=sample_plugins())
    cached = voxpop_home / "cache" / "bundles" / version
    before = {file: file.stat().st_mtime_ns for file in cached.rglob("*")}
    load_version(registry, version, plugins=sample_plugins())
    assert {file: file.stat().st_mtime_ns for file in cached.rglob("*")} == before


def test_a_damaged_copy_is_fetched_anew(
    registry: StoreRegistry,
    version: str,
    voxpop_home: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    load_version(registry, version, plugins=sample_plugins())
    file = next((voxpop_home / "cache" / "bundles" / version / "model").iterdir())
    file.write_bytes(b"damaged")
    with caplog.at_level(logging.WARNING):
        classifier = load_version(registry, version, plugins=sample_plugins())
    assert classifier.predict(["excellent"])[0].label == "positive"
    assert file.name in caplog.text


def test_a_bundle_that_computes_something_else_here_is_refused(
    registry: StoreRegistry, version: str, tmp_path: Path
) -> None:
    registry.fetch(version, tmp_path / "bundle")
    plugins = sample_plugins()
    part = plugins.get(voxpop.ModelPart, "word-weights")

    class Drifted:
        """The right model on a machine whose library computes something else."""

        def __init__(self, directory: Path) -> None:
            self.inside = part.load(directory)

        def predict_proba(
            self, batch: voxpop.TokenBatch
        ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
            right = self.inside.predict_proba(batch)
            return (right * 0.9 + 0.05).astype(np.float32)

        def save(self, directory: Path) -> None:
            self.inside.save(directory)

    drifted = Plugins.of(
        plugins.get(voxpop.TokenizerPart, "words"),
        voxpop.ModelPart(
            name="word-weights",
            summary="computes something else",
            config=part.config,
            fit=part.fit,
            load=Drifted,
        ),
    )
    with pytest.raises(BundleError, match=r"golden prediction \d+ of \d+ is off by"):
        Classifier.load(tmp_path / "bundle", plugins=drifted)


def test_a_missing_part_is_named_with_its_distribution(
    registry: StoreRegistry, version: str
) -> None:
    with pytest.raises(PartNotFoundError, match=r"needs the tokenizer 'words' of in-memory 0"):
        load_version(registry, version, plugins=Plugins.of())


def test_a_part_of_a_plugin_that_is_not_chosen_is_not_to_be_installed(
    registry: StoreRegistry, version: str
) -> None:
    with pytest.raises(PartNotFoundError, match="VOXPOP_PLUGINS") as raised:
        load_version(registry, version, plugins=Plugins.load(only=[]))
    assert "pip install" not in str(raised.value)


def test_a_plain_folder_is_a_version_when_it_is_named(
    registry: StoreRegistry, version: str, tmp_path: Path
) -> None:
    registry.fetch(version, tmp_path / "bundle")
    classifier = Classifier.load(tmp_path / "bundle", plugins=sample_plugins(), version=version)
    assert classifier.version == version
    with pytest.raises(BundleError, match="v-0000000000000000"):
        Classifier.load(tmp_path / "bundle", plugins=sample_plugins(), version="v-0000000000000000")


def test_a_tokenizer_that_loses_a_text_mixes_no_answers(classifier: Classifier) -> None:
    inside = classifier.tokenizer

    class Losing:
        vocabulary_size = inside.vocabulary_size

        def encode(self, texts: Sequence[str]) -> TokenBatch:
            return inside.encode([text for text in texts if text != "lost"])

        def save(self, directory: Path) -> None:
            inside.save(directory)

    losing = Classifier(Losing(), classifier.model, classifier.manifest, classifier.version)
    assert losing.predict(["excellent", "awful"])[0].label == "positive"
    with pytest.raises(BundleError, match="2 rows of ids and 2 lengths of 3 texts"):
        losing.predict(["lost", "excellent", "awful"])
    with pytest.raises(BundleError, match="1 lengths of 2 texts"):
        losing.explain("lost")


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_what_is_no_number_is_no_answer(classifier: Classifier, number: float) -> None:
    class Dividing:
        def predict_proba(
            self, batch: TokenBatch
        ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
            answers = classifier.model.predict_proba(batch).copy()
            answers[-1, 0] = number
            return answers

        def save(self, directory: Path) -> None:
            classifier.model.save(directory)

    broken = Classifier(classifier.tokenizer, Dividing(), classifier.manifest, classifier.version)
    with pytest.raises(BundleError, match="NaN or infinity"):
        broken.predict(["excellent", "awful"])
