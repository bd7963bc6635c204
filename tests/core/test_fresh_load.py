"""What only works in the process that fitted it is not published."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import voxpop
from voxpop import PluginError, Plugins, StoreRegistry
from voxpop.parts import ModelPart
from voxpop.testing import MemoryStore, sample_parts
from voxpop.testing.doubles import (
    WORD_WEIGHTS,
    WordWeights,
)

PLUGIN = '''
import os
import sys

import numpy as np

import voxpop.parts
from voxpop import PartConfig, TokenBatch, hookimpl
from voxpop.testing import sample_parts
from voxpop.testing.doubles import WORD_WEIGHTS, WORDS, load_word_weights, load_words

HERE = set()  # what was fitted in this very process


class Salted:
    """Numbers words by their hash, which every process salts otherwise."""

    vocabulary_size = 1000

    def encode(self, texts):
        rows = [[1 + hash(word) % 999 for word in text.split()][:50] for text in texts]
        ids = np.zeros((len(rows), max(map(len, rows), default=0)), np.int32)
        for row, words in enumerate(rows):
            ids[row, : len(words)] = words
        return TokenBatch(ids, np.array([len(words) for words in rows], dtype=np.int32))

    def save(self, directory):
        (directory / "salted").write_text("by hash()")


class Kind(PartConfig):
    kind: str = "sound"


class Odd:
    """Word weights that, in another process, do what `kind` says."""

    def __init__(self, inner, kind):
        self.inner, self.kind = inner, kind

    def predict_proba(self, batch):
        given = self.inner.predict_proba(batch)
        return given[:, ::-1] if self.kind == "other" and not HERE else given

    def save(self, directory):
        self.inner.save(directory)
        (directory / "kind").write_text(self.kind)


def fit(config, task):
    HERE.add("fitted")
    return Odd(WORD_WEIGHTS.fit(WORD_WEIGHTS.config(epochs=2), task), config.kind)


def load(directory):
    kind = (directory / "kind").read_text()
    if not HERE:
        print("loading where nothing was fitted")
        if kind == "raises":
            raise ValueError("there is no vocabulary here")
        if kind == "exits":
            sys.exit(0)
        if kind == "dies":
            os._exit(3)
    return Odd(load_word_weights(directory), kind)


@hookimpl
def voxpop_data_sources():
    return [p for p in sample_parts() if isinstance(p, voxpop.parts.DataSourcePart)]


@hookimpl
def voxpop_tokenizers():
    yield WORDS
    yield voxpop.parts.TokenizerPart(
        name="salted", summary="By hash()", config=PartConfig,
        fit=lambda config, texts: (list(texts), Salted())[1], load=lambda directory: Salted(),
    )


@hookimpl
def voxpop_models():
    yield voxpop.parts.ModelPart(name="odd", summary="Odd", config=Kind, fit=fit, load=load)
'''

CONFIG: dict[str, Any] = {
    "data": {"name": "sample-reviews"},
    "tokenizer": {"name": "words"},
    "model": {"name": "odd"},
}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugins]:
    """Plugins of a distribution that any process finds, by this one's path."""
    site = tmp_path / "site"
    info = site / "odd_plugin-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "odd_plugin.py").write_text(PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[voxpop]\nodd = odd_plugin\n")
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    yield Plugins.load(only=["odd"])
    sys.modules.pop("odd_plugin", None)


def train(plugins: Plugins, store: MemoryStore, **tables: Any) -> voxpop.TrainedVersion:
    return voxpop.train(CONFIG | tables, plugins=plugins, registry=StoreRegistry(store))


def test_a_version_that_a_fresh_process_loads_is_published(
    installed: Plugins, store: MemoryStore
) -> None:
    trained = train(installed, store)
    assert list(StoreRegistry(store).versions()) == [trained.version]


def test_tokens_that_depend_on_the_process_are_not_published(
    installed: Plugins, store: MemoryStore
) -> None:
    with pytest.raises(PluginError) as refused:
        train(installed, store, tokenizer={"name": "salted"})
    said = str(refused.value)
    assert "The tokenizer 'salted' (odd-plugin 1.0) gives other tokens in a fresh process" in said
    assert "hash()" in said
    assert "voxpop.testing.TokenizerConformance" in said
    assert list(StoreRegistry(store).versions()) == []


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("raises", r"ValueError: there is no vocabulary here \(at .*odd_plugin.py:\d+\)"),
        ("exits", "SystemExit: 0"),
        ("dies", "the process ended with 3"),
        ("other", "gives other probabilities in a fresh process"),
    ],
)
def test_a_model_that_works_only_where_it_was_fitted_is_not_published(
    installed: Plugins, store: MemoryStore, kind: str, reason: str
) -> None:
    with pytest.raises(PluginError, match=reason) as refused:
        train(installed, store, model={"name": "odd", "kind": kind})
    assert "The model 'odd' (odd-plugin 1.0)" in str(refused.value)
    assert "voxpop.testing.ModelConformance" in str(refused.value)
    assert list(StoreRegistry(store).versions()) == []


def test_parts_that_no_other_process_finds_are_loaded_again_in_this_one(
    installed: Plugins, store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sys, "path", [entry for entry in sys.path if entry != str(tmp_path / "site")]
    )
    trained = train(installed, store, model={"name": "odd", "kind": "raises"})
    assert list(StoreRegistry(store).versions()) == [trained.version]


class Forgetful(WordWeights):
    """Another model each time it is loaded."""

    loads = 0


def load_forgetful(directory: Path) -> WordWeights:
    Forgetful.loads += 1
    loaded = WORD_WEIGHTS.load(directory)
    return WordWeights(loaded.weights * (-1) ** Forgetful.loads, loaded.bias)  # type: ignore[attr-defined]


def test_in_memory_parts_must_say_the_same_when_asked_again(store: MemoryStore) -> None:
    forgetful = ModelPart(
        name="forgetful",
        summary="For tests",
        config=WORD_WEIGHTS.config,
        fit=WORD_WEIGHTS.fit,
        load=load_forgetful,
    )
    plugins = Plugins.of(*sample_parts(), forgetful)
    with pytest.raises(PluginError, match=r"The model 'forgetful' .* gives other answers"):
        train(plugins, store, model={"name": "forgetful"})
    assert list(StoreRegistry(store).versions()) == []
