"""What goes wrong in a plugin's code is told as that part's fault, and ends nobody's process."""

import errno
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

import voxpop
from voxpop import (
    BundleError,
    Classifier,
    Event,
    PartConfig,
    PluginError,
    Plugins,
    Split,
    Splits,
    StoreAccessError,
    StoreFullError,
    StoreRegistry,
    TokenBatch,
)
from voxpop.events import Listener, StageStarted, tell_all
from voxpop.part_calls import part_at_work
from voxpop.parts import DataSourcePart, ModelPart, TokenizerPart
from voxpop.testing import MemoryStore, sample_parts
from voxpop.testing.doubles import (
    WORD_WEIGHTS,
    WORDS,
    SampleReviewsConfig,
    WordTokenizer,
    WordWeights,
    sample_rows,
)

CONFIG: dict[str, Any] = {
    "data": {"name": "sample-reviews"},
    "tokenizer": {"name": "words"},
    "model": {"name": "word-weights"},
}


class Fault(PartConfig):
    """Which fault is made."""

    kind: str = "none"


class OddTokenizer:
    """The word tokenizer, but for one fault."""

    def __init__(self, inside: WordTokenizer, kind: str) -> None:
        self.inside, self.kind = inside, kind
        self.oov_id: object = {"oov text": "x", "oov beyond": 5_000}.get(kind, 1)

    @property
    def vocabulary_size(self) -> int:
        return self.inside.vocabulary_size

    def encode(self, texts: Sequence[str]) -> Any:
        batch = self.inside.encode(texts)
        match self.kind:
            case "none":
                return None
            case "list":
                return batch.ids.tolist()
            case "float":
                return TokenBatch(batch.ids + 0.5, batch.lengths)  # type: ignore[arg-type]
            case "exit":
                sys.exit(0)
        return batch

    def save(self, directory: Path) -> None:
        if self.kind != "empty save":
            self.inside.save(directory)


class OddModel:
    """Word weights, but for one fault."""

    def __init__(self, inside: WordWeights, kind: str) -> None:
        self.inside, self.kind = inside, kind

    def predict_proba(self, batch: TokenBatch) -> Any:
        answer = self.inside.predict_proba(batch)
        match self.kind:
            case "none":
                return None
            case "column":
                return answer[:, 0]
            case "rows":
                return answer[:-1]
            case "three":
                return np.hstack([answer, answer])[:, :3]
            case "negative":
                return answer * [3, -1] + [-2, 2]
            case "exit":
                sys.exit(3)
        return answer

    def save(self, directory: Path) -> None:
        self.inside.save(directory)
        if self.kind == "empty save":
            (directory / "weights.npz").unlink()
        (directory / "sub").mkdir()


def odd_plugins(kind: str) -> Plugins:
    """Parts of which each makes the fault `kind` where its table asks for it."""

    def load_reviews(config: Fault, listen: Listener) -> Any:
        rows = sample_rows(SampleReviewsConfig(count=60))
        texts, labels = [text for text, _ in rows], [label for _, label in rows]
        split = Split.from_rows(texts, labels)
        match config.kind:
            case "nothing":
                return None
            case "tuple":
                return Splits(train=(texts, labels), labels=("no", "yes"))  # type: ignore[arg-type]
            case "a list of labels":
                return Splits(train=split, labels=["no", "yes"])  # type: ignore[arg-type]
            case "text for labels":
                return Splits(train=split, labels="ny")  # type: ignore[arg-type]
            case "exit":
                sys.exit()
            case "refused":
                raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
            case "missing":
                raise FileNotFoundError(errno.ENOENT, "No such file or directory", "/data/reviews")
            case "child":
                raise ChildProcessError(errno.ECHILD, "No child processes")
            case "value":
                raise ValueError("three columns")
        return Splits(train=split, labels=("no", "yes"))

    def fit_tokenizer(config: Fault, texts: Iterable[str]) -> Any:
        fitted = WORDS.fit(WORDS.config(), texts)
        if config.kind == "fit gives nothing":
            return None
        return OddTokenizer(fitted, config.kind)  # type: ignore[arg-type]

    def fit_model(config: Fault, task: voxpop.Task) -> Any:
        if config.kind == "fit exits":
            sys.exit(0)
        if config.kind == "fit gives nothing":
            return None
        fitted = WORD_WEIGHTS.fit(WORD_WEIGHTS.config(epochs=1), task)
        return OddModel(fitted, config.kind)  # type: ignore[arg-type]

    def load_model(directory: Path) -> Any:
        if kind == "load exits":
            sys.exit(5)
        if kind == "load gives nothing":
            return None
        return OddModel(WORD_WEIGHTS.load(directory), kind)  # type: ignore[arg-type]

    return Plugins.of(
        *sample_parts(),
        DataSourcePart(name="odd", summary="Odd", config=Fault, load=load_reviews),
        TokenizerPart(
            name="odd",
            summary="Odd",
            config=Fault,
            fit=fit_tokenizer,
            load=lambda directory: OddTokenizer(WORDS.load(directory), kind),  # type: ignore[arg-type]
        ),
        ModelPart(name="odd", summary="Odd", config=Fault, fit=fit_model, load=load_model),
    )


def train(table: str, kind: str) -> None:
    voxpop.train(
        CONFIG | {table: {"name": "odd", "kind": kind}},
        plugins=odd_plugins(kind),
        registry=StoreRegistry(MemoryStore()),
    )


@pytest.mark.parametrize(
    ("table", "kind", "told"),
    [
        ("data", "nothing", "The data source 'odd' .*It gave a NoneType"),
        ("data", "tuple", "The data source 'odd' .*Its 'train' is a tuple"),
        ("data", "a list of labels", r"The data source 'odd' .*Its `labels` are \['no', 'yes'\]"),
        ("data", "text for labels", "The data source 'odd' .*Its `labels` are 'ny'"),
        ("data", "exit", r"The data source 'odd' .*tried to end the process \(sys.exit\(None\)\)"),
        ("data", "refused", "The data source 'odd' .*ConnectionRefusedError.*Connection refused"),
        ("data", "missing", "The data source 'odd' .*No such file or directory: '/data/reviews'"),
        ("data", "child", "The data source 'odd' .*No child processes"),
        ("tokenizer", "fit gives nothing", "The tokenizer 'odd' .*`fit` gave a NoneType"),
        ("tokenizer", "none", "The tokenizer 'odd' .*gave a NoneType"),
        ("tokenizer", "list", "The tokenizer 'odd' .*gave a list"),
        ("tokenizer", "float", "The tokenizer 'odd' .*gave ids of float64"),
        ("tokenizer", "exit", "The tokenizer 'odd' .*tried to end the process"),
        ("tokenizer", "empty save", "The tokenizer 'odd' .*`save` wrote no file"),
        ("tokenizer", "oov text", "The tokenizer 'odd' .*`oov_id` is 'x'"),
        ("tokenizer", "oov beyond", "The tokenizer 'odd' .*`oov_id` is 5000"),
        ("model", "fit exits", r"The model 'odd' .*sys.exit\(0\)\) while fitting"),
        ("model", "fit gives nothing", "The model 'odd' .*`fit` gave a NoneType"),
        ("model", "empty save", "The model 'odd' .*`save` wrote no file"),
        ("model", "load exits", r"The model 'odd' .*sys.exit\(5\)\) while loading"),
        ("model", "load gives nothing", "The model 'odd' .*`load` gave a NoneType"),
        ("model", "none", "The model 'odd' .*`predict_proba` gave a NoneType"),
        ("model", "column", r"The model 'odd' .*a ndarray of shape \(\d+,\)"),
        ("model", "rows", r"The model 'odd' .*a ndarray of shape \(\d+, 2\)"),
        ("model", "three", r"The model 'odd' .*a ndarray of shape \(\d+, 3\)"),
        ("model", "negative", "The model 'odd' .*no probabilities in row"),
        ("model", "exit", r"The model 'odd' .*sys.exit\(3\)"),
    ],
)
def test_a_part_that_breaks_its_contract_is_named(table: str, kind: str, told: str) -> None:
    with pytest.raises(PluginError, match=told):
        train(table, kind)


def test_an_error_of_the_plugin_keeps_its_traceback_and_says_whose_it_is() -> None:
    with pytest.raises(ValueError, match="three columns") as raised:
        train("data", "value")
    assert raised.value.__notes__ == [
        "The data source 'odd' (in-memory 0) raised this while reading reviews."
    ]


@pytest.mark.parametrize(
    ("number", "below_home", "expected"),
    [
        (errno.ENOSPC, None, StoreFullError),
        (errno.EDQUOT, None, StoreFullError),
        (errno.ENOSPC, True, StoreFullError),
        (errno.EACCES, True, StoreAccessError),
        (errno.EROFS, True, StoreAccessError),
        (errno.EACCES, False, PluginError),
        (errno.EACCES, None, PluginError),
        (errno.ENOSPC, False, PluginError),
        (errno.ENOENT, True, PluginError),
        (errno.ETIMEDOUT, None, PluginError),
    ],
)
def test_only_what_our_own_disk_refuses_is_a_fault_of_it(
    voxpop_home: Path,
    tmp_path: Path,
    number: int,
    below_home: bool | None,
    expected: type[Exception],
) -> None:
    path = str((voxpop_home if below_home else tmp_path) / "cache" / "runs" / "x")
    told = (number, os.strerror(number)) if below_home is None else (number, "no", path)
    with pytest.raises(expected), part_at_work("The model 'odd'", "saving"):
        raise OSError(*told)


def test_an_error_of_a_library_without_a_number_is_the_parts() -> None:
    told = "The model 'odd' failed while saving: OSError: cannot"
    with pytest.raises(PluginError, match=told), part_at_work("The model 'odd'", "saving"):
        raise OSError("cannot save")


def test_a_listener_that_exits_ends_no_run(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Event] = []

    def leave(event: Event) -> NoReturn:
        sys.exit(0)

    with caplog.at_level(logging.ERROR):
        tell_all([leave, heard.append])(StageStarted(stage="training"))
    assert heard == [StageStarted(stage="training")]
    assert "A listener failed" in caplog.text


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound version of the odd parts."""
    bundle = tmp_path_factory.mktemp("odd") / "bundle"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOXPOP_HOME", str(bundle.with_name("home")))
        registry = StoreRegistry(MemoryStore())
        odd = {"tokenizer": {"name": "odd", "kind": "sound"}, "model": {"name": "odd", "kind": ""}}
        trained = voxpop.train(CONFIG | odd, plugins=odd_plugins("sound"), registry=registry)
        registry.fetch(trained.version, bundle)
    return bundle


@pytest.mark.parametrize(
    ("kind", "error", "told"),
    [
        ("exit", PluginError, "The tokenizer 'odd' .*tried to end the process"),
        ("list", BundleError, "the tokenizer gave a list"),
        ("load exits", PluginError, "The model 'odd' .*tried to end the process"),
        ("none", BundleError, "the tokenizer gave a NoneType"),
        ("negative", BundleError, "the model answered no probabilities in row"),
    ],
)
def test_a_part_that_breaks_when_it_is_used_is_named(
    bundle: Path, kind: str, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        Classifier.load(bundle, plugins=odd_plugins(kind))


@pytest.mark.parametrize("kind", ["exit", "none", "negative"])
def test_a_model_that_breaks_later_is_told_too(bundle: Path, kind: str) -> None:
    classifier = Classifier.load(bundle, plugins=odd_plugins("sound"))
    odd: Any = classifier.model
    odd.kind = kind
    wanted = PluginError if kind == "exit" else BundleError
    with pytest.raises(wanted):
        classifier.predict(["good"])


def test_a_part_that_cannot_read_what_it_wrote_refuses_the_version(bundle: Path) -> None:
    def load(directory: Path) -> NoReturn:
        raise KeyError("weights")

    plugins = Plugins.of(
        odd_plugins("sound").get(TokenizerPart, "odd"),
        ModelPart(name="odd", summary="Odd", config=Fault, fit=WORD_WEIGHTS.fit, load=load),
    )
    with pytest.raises(BundleError, match=r"The model 'odd' .* cannot load what it saved"):
        Classifier.load(bundle, plugins=plugins)
