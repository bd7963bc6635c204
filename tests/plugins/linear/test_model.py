"""The linear model: what every model promises, what it learns, and what a damaged file does."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from voxpop import BundleError, DataError, EpochEnded, ModelPart, Task, TokenDataset
from voxpop.testing import ModelConformance, RecordingListener, sample_task
from voxpop_plugins.linear import model
from voxpop_plugins.linear.config import LinearConfig
from voxpop_plugins.linear.plugin import voxpop_models

SMALL = LinearConfig(buckets=4_096, epochs=4)


class TestLinear(ModelConformance):
    @pytest.fixture
    def part(self) -> ModelPart[LinearConfig]:
        return next(iter(voxpop_models()))

    @pytest.fixture
    def config(self) -> LinearConfig:
        return SMALL


class TestLongRuns(ModelConformance):
    @pytest.fixture
    def part(self) -> ModelPart[LinearConfig]:
        return next(iter(voxpop_models()))

    @pytest.fixture
    def config(self) -> LinearConfig:
        return SMALL.model_copy(update={"ngrams": 4, "fewest": 1})


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    return sample_task(tmp_path_factory.mktemp("task"))


def test_it_learns_and_tells_how(task: Task) -> None:
    heard = RecordingListener()
    fitted = model.fit(SMALL, dataclasses.replace(task, listen=heard))
    rows = np.arange(len(task.validation))
    answers = fitted.predict_proba(task.validation.batch(rows)).argmax(axis=1)
    assert (answers == task.validation.labels).mean() > 0.9
    epochs = heard.of(EpochEnded)
    assert epochs[-1].metrics["loss"] < epochs[0].metrics["loss"]


def test_it_ends_when_validation_gets_no_better(task: Task) -> None:
    heard = RecordingListener()
    right = task.validation
    wrong = TokenDataset(right.tokens, right.offsets, 1 - right.labels)
    config = SMALL.model_copy(update={"epochs": 50, "patience": 3})
    model.fit(config, dataclasses.replace(task, validation=wrong, listen=heard))
    assert len(heard.of(EpochEnded)) < 50


def test_only_pairs_tell_these_apart(tmp_path: Path) -> None:
    """ "not good" and "good not" are the same words: without pairs it is a throw of a coin."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 400)
    pairs = np.where(labels[:, None] == 1, [2, 3], [3, 2])
    tokens = np.column_stack([rng.integers(4, 20, (400, 3)), pairs, rng.integers(4, 20, (400, 3))])

    def data(rows: slice) -> TokenDataset:
        chosen = tokens[rows].astype(np.int32)
        return TokenDataset(
            chosen.ravel(), np.arange(len(chosen) + 1) * tokens.shape[1], labels[rows]
        )

    task = Task(
        train=data(slice(0, 300)),
        validation=data(slice(300, 400)),
        labels=("negative", "positive"),
        vocabulary_size=20,
        seed=1,
        scratch=tmp_path,
        listen=RecordingListener(),
    )

    def accuracy(ngrams: int) -> float:
        fitted = model.fit(SMALL.model_copy(update={"ngrams": ngrams}), task)
        answers = fitted.predict_proba(task.validation.batch(np.arange(100))).argmax(axis=1)
        return float((answers == task.validation.labels).mean())

    assert accuracy(2) > 0.95
    assert accuracy(1) < 0.7


def test_a_split_without_reviews_is_refused(task: Task) -> None:
    none = TokenDataset(np.zeros(0, np.int32), np.zeros(1, np.int64), np.zeros(0, np.int64))
    with pytest.raises(DataError, match="validation split is empty"):
        model.fit(SMALL, dataclasses.replace(task, validation=none))


@pytest.mark.parametrize("damage", ["absent", "cut", "text", "other", "shapes", "objects"])
def test_a_damaged_file_is_refused(task: Task, tmp_path: Path, damage: str) -> None:
    file = tmp_path / model.NAME
    model.fit(SMALL.model_copy(update={"epochs": 1}), task).save(tmp_path)
    content = file.read_bytes()
    if damage == "absent":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "text":
        file.write_text("no model")
    elif damage == "other":
        np.savez(file, something=np.zeros(3))
    else:
        with np.load(file) as told:
            arrays = dict(told)
        arrays["rarity"] = arrays["rarity"][1:]
        if damage == "objects":
            arrays["rarity"] = np.array([{"a": 1}], dtype=object)
        np.savez(file, **arrays)
    with pytest.raises(BundleError, match="no linear model"):
        model.load(tmp_path)
