"""The API answers what `voxpop predict` answers, and what Keras computes from the bundle's file."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from tests.api_client import make_api
from tests.apps.cli.conftest import Voxpop, environment, program, site, voxpop
from voxpop import Classifier, Plugins, Settings, open_registry, review_text, train
from voxpop.calibration import calibrate
from voxpop.testing import STRANGE_TEXTS
from voxpop_apps.api.app import create_app
from voxpop_apps.api.settings import ApiSettings

__all__ = ["environment", "program", "site", "voxpop"]

MANY = 1_000  # of the real reviews, where there are some
FEW = 60
TOLERANCE = 1e-5
SHARED = Path(__file__).parents[4] / "shared" / "data" / "amazon_polarity_train_sample.csv.gz"
PRAISE = ("lovely", "warm", "sturdy", "a great gift", "works well")
BLAME = ("broke", "dull", "a waste", "it leaks", "never again")


def own_reviews() -> Iterator[dict[str, str]]:
    """Give made-up reviews of many lengths, and texts that are strange."""
    for text in STRANGE_TEXTS:
        if text.strip() and text.isprintable():
            yield {"title": "", "content": one_line(text)}
    for size, (good, bad) in itertools.product(range(1, 9), itertools.product(PRAISE, BLAME)):
        yield {"title": good.title(), "content": f"{bad}, and {good}. " * size**2}


def one_line(text: str) -> str:
    """Give the text as the command takes it, which reads a review a line."""
    return " ".join(text.split())


def reviews(most: int) -> list[dict[str, str]]:
    """Give so many real reviews where there are some, else our own."""
    if not SHARED.exists():
        return list(itertools.islice(own_reviews(), most))
    with gzip.open(SHARED, "rt", encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        real = (
            {"title": one_line(row["title"]), "content": one_line(row["content"])}
            for row in rows
            if row["content"].strip()
        )
        return list(itertools.islice(real, most))


@dataclass(frozen=True)
class Answered:
    """What the API said of the same reviews, in order; each of shape (n, k)."""

    alone: NDArray[np.float64]
    batched: NDArray[np.float64]


def ask(client: TestClient, asked: list[dict[str, str]], labels: tuple[str, ...]) -> Answered:
    alone, batched = [], []
    for review in asked:
        answer = client.post("/predict", json=review)
        assert answer.status_code == 200, answer.text
        alone.append([answer.json()["probabilities"][label] for label in labels])
    for start in range(0, len(asked), 300):
        answer = client.post("/predict/batch", json={"reviews": asked[start : start + 300]})
        assert answer.status_code == 200, answer.text
        batched += [
            [one["probabilities"][label] for label in labels] for one in answer.json()["answers"]
        ]
    return Answered(np.array(alone), np.array(batched))


def predicted(
    voxpop: Voxpop, version: str, texts: list[str], labels: tuple[str, ...]
) -> NDArray[np.float64]:
    """Give what the command says of the same texts, a review a line."""
    lines = "".join(f"{text}\n" for text in texts)
    done = voxpop(
        "predict", "--json", "--model", version, stdin=lines, VOXPOP_REGISTRY__NAME="local"
    )
    assert done.returncode == 0, done.stderr
    told = [json.loads(line)["probabilities"] for line in done.stdout.rstrip("\n").split("\n")]
    return np.array([[one[label] for label in labels] for one in told])


def test_alone_and_in_batches_it_says_what_the_library_says(tmp_path: Path) -> None:
    """The small model of the sample parts."""
    app = make_api(tmp_path)
    asked = reviews(FEW)
    with TestClient(app) as client:
        served = app.state.service.follower.current()
        told = ask(client, asked, served.classifier.labels)
    texts = [review_text(review["title"], review["content"]) for review in asked]
    expected = served.classifier.probabilities(texts)
    np.testing.assert_allclose(told.alone, expected, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(told.batched, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.train
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(
    "most", [FEW, pytest.param(MANY, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)
def test_a_bilstm_says_what_the_command_and_keras_say(
    voxpop: Voxpop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "local")
    with (tmp_path / "reviews.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["stars", "title", "content"])
        for number, (one, other) in enumerate(itertools.permutations(PRAISE, 2)):
            for again, end in enumerate(("today", "as a gift", "for my desk")):
                writer.writerow(["5", one, f"{other} {end} {number} {again}"])
        for number, (one, other) in enumerate(itertools.permutations(BLAME, 2)):
            for again, end in enumerate(("today", "as a gift", "for my desk")):
                writer.writerow(["1", one, f"{other} {end} {number} {again}"])
    trained = train(
        {
            "data": {
                "name": "files",
                "train": str(tmp_path / "reviews.csv"),
                "title_column": "title",
                "content_column": "content",
                "label_column": "stars",
                "labels": {"1": "negative", "5": "positive"},
            },
            "tokenizer": {"name": "keras"},
            "model": {
                "name": "bilstm",
                "embedding_size": 8,
                "lstm_units": [6, 4],
                "dense_units": 4,
                "batch_size": 16,
                "epochs": 3,
                "learning_rate": 0.02,
            },
            "promotion": {"minimum": 0.0},
        }
    )
    bundle = tmp_path / "bundle"
    plugins = Plugins.load()
    open_registry(plugins, Settings()).fetch(trained.version, bundle)
    asked = reviews(most)
    texts = [review_text(review["title"], review["content"]) for review in asked]
    classifier = Classifier.load(bundle, plugins=plugins)
    with TestClient(create_app(ApiSettings(auth="off", reference=trained.version))) as client:
        told = ask(client, asked, classifier.labels)
    expected = predicted(voxpop, trained.version, texts, classifier.labels)
    np.testing.assert_allclose(told.alone, expected, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(told.batched, expected, rtol=0, atol=TOLERANCE)
    by_keras = keras_probabilities(bundle / "model" / "model.keras", classifier, texts)
    np.testing.assert_allclose(told.alone, by_keras, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(told.batched, by_keras, rtol=0, atol=TOLERANCE)
    assert np.ptp(expected[:, 0]) > 0.05  # a model that says the same of everything proves nothing


def keras_probabilities(
    file: Path, classifier: Classifier, texts: list[str]
) -> NDArray[np.float64]:
    """Let Keras answer from its own file, then calibrate, as the manifest says."""
    import keras

    network = keras.models.load_model(file, safe_mode=True)
    batch = classifier.tokenizer.encode(texts)
    positive = np.asarray(network([batch.ids, batch.lengths], training=False), np.float64)[:, :1]
    raw = np.hstack([1 - positive, positive])
    return calibrate(raw, classifier.manifest.calibration.temperature)
