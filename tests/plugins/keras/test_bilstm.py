import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from voxpop import (
    BundleError,
    DataError,
    EpochEnded,
    MissingExtraError,
    Model,
    ModelPart,
    PluginError,
    Progress,
    TokenDataset,
    TrainingError,
)
from voxpop.testing import ModelConformance, RecordingListener, sample_task
from voxpop_plugins.keras import bilstm
from voxpop_plugins.keras.bilstm import BiLSTMConfig
from voxpop_plugins.keras.plugin import voxpop_models

SMALL = BiLSTMConfig(
    embedding_size=8,
    lstm_units=(6, 4),
    dense_units=4,
    batch_size=16,
    epochs=3,
    learning_rate=0.02,
)


@pytest.mark.train
class TestBiLSTM(ModelConformance):
    @pytest.fixture
    def part(self) -> ModelPart[BiLSTMConfig]:
        return next(iter(voxpop_models()))

    @pytest.fixture
    def config(self) -> BiLSTMConfig:
        return SMALL


def probabilities(model: Model, data: TokenDataset) -> NDArray[np.float32]:
    return model.predict_proba(data.batch(np.arange(len(data))))


def shuffled_labels(data: TokenDataset) -> TokenDataset:
    labels = np.random.default_rng(0).permutation(data.labels)
    return TokenDataset(data.tokens, data.offsets, labels)


@pytest.mark.train
class TestFit:
    def test_it_learns(self, tmp_path: Path) -> None:
        task = sample_task(tmp_path, count=240)
        model = bilstm.fit(SMALL.model_copy(update={"epochs": 6}), task)
        right = probabilities(model, task.validation).argmax(axis=1) == task.validation.labels
        assert right.mean() > 0.9

    @pytest.mark.parametrize("classes", [2, 3])
    def test_the_keras_file_gives_the_served_answers(self, classes: Any, tmp_path: Path) -> None:
        import keras

        task = sample_task(tmp_path, classes=classes)
        model = bilstm.fit(SMALL, task)
        model.save(tmp_path)
        loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
        batch = task.validation.batch(np.arange(len(task.validation)))
        answer = np.asarray(loaded([batch.ids, batch.lengths], training=False))
        if classes == 2:
            answer = np.concatenate([1 - answer, answer], axis=1)
        np.testing.assert_allclose(model.predict_proba(batch), answer, atol=1e-5)

    def test_the_keras_file_can_be_trained_further(self, tmp_path: Path) -> None:
        import keras

        task = sample_task(tmp_path)
        bilstm.fit(SMALL.model_copy(update={"epochs": 1}), task).save(tmp_path)
        network = keras.models.load_model(tmp_path / "model.keras")
        network.compile(optimizer=keras.optimizers.Adam(0.02), loss="binary_crossentropy")
        batch = task.train.batch(np.arange(len(task.train)))
        inputs, targets = [batch.ids, batch.lengths], task.train.labels[:, np.newaxis]
        before = network.evaluate(inputs, targets, verbose=0)
        network.fit(inputs, targets, epochs=3, verbose=0)
        assert network.evaluate(inputs, targets, verbose=0) < before

    def test_epochs_and_batches_are_told(self, tmp_path: Path) -> None:
        listener = RecordingListener()
        task = dataclasses.replace(sample_task(tmp_path), listen=listener)
        bilstm.fit(SMALL, task)
        epochs = listener.of(EpochEnded)
        assert 1 <= len(epochs) <= SMALL.epochs
        wanted = {"loss", "accuracy", "precision", "recall"}
        assert set(epochs[0].metrics) == wanted | {f"val_{name}" for name in wanted}
        assert all(0 <= epoch.metrics["val_accuracy"] <= 1 for epoch in epochs)
        assert all(epoch.duration_s > 0 for epoch in epochs)
        batches = [event for event in listener.of(Progress) if event.unit == "batches"]
        per_epoch = -(-len(task.train) // SMALL.batch_size)
        assert [event.done for event in batches] == [*range(1, per_epoch + 1)] * len(epochs)
        assert {(event.stage, event.total) for event in batches} == {("training", per_epoch)}

    def test_the_best_weights_are_kept(self, tmp_path: Path) -> None:
        """Labels without sense are learnt by heart, so validation soon gets worse."""
        listener = RecordingListener()
        task = sample_task(tmp_path)
        task = dataclasses.replace(task, train=shuffled_labels(task.train), listen=listener)
        config = SMALL.model_copy(
            update={"epochs": 12, "patience": 2, "word_dropout": 0.0, "embedding_dropout": 0.0}
        )
        model = bilstm.fit(config, task)
        losses = [epoch.metrics["val_loss"] for epoch in listener.of(EpochEnded)]
        best = int(np.argmin(losses))
        assert len(losses) == best + 1 + config.patience < config.epochs, "stopped early"
        chosen = probabilities(model, task.validation)
        of_true = chosen[np.arange(len(chosen)), task.validation.labels]
        assert -np.log(of_true).mean() == pytest.approx(losses[best], abs=1e-4)
        assert losses[-1] > losses[best] + 1e-3

    def test_rows_without_tokens_may_be_trained_on(self, tmp_path: Path) -> None:
        task = sample_task(tmp_path)
        empty = TokenDataset(
            np.zeros(0, np.int32), np.zeros(41, np.int64), np.arange(40, dtype=np.int64) % 2
        )
        model = bilstm.fit(SMALL, dataclasses.replace(task, train=empty, validation=empty))
        assert np.isfinite(probabilities(model, task.validation)).all()

    @pytest.mark.parametrize("batch_size", [1, 10_000])
    def test_any_batch_size_will_do(self, batch_size: int, tmp_path: Path) -> None:
        task = sample_task(tmp_path, count=24)
        config = SMALL.model_copy(update={"batch_size": batch_size, "epochs": 1})
        assert probabilities(bilstm.fit(config, task), task.validation).shape == (6, 2)

    def test_a_loss_that_diverges_ends_the_fit(self, tmp_path: Path) -> None:
        config = SMALL.model_copy(update={"learning_rate": 1e38})
        with pytest.raises(TrainingError, match=r"loss became .* smaller model\.learning_rate"):
            bilstm.fit(config, sample_task(tmp_path))

    def test_the_seed_of_the_task_counts(self, tmp_path: Path) -> None:
        (tmp_path / "one").mkdir()
        task = sample_task(tmp_path / "one")
        one = probabilities(bilstm.fit(SMALL, task), task.validation)
        other = bilstm.fit(SMALL, dataclasses.replace(task, seed=task.seed + 1))
        assert np.max(np.abs(one - probabilities(other, task.validation))) > 1e-4

    def test_another_backend_in_the_same_process_is_refused(self, tmp_path: Path) -> None:
        bilstm.fit(SMALL.model_copy(update={"epochs": 1}), sample_task(tmp_path, count=24))
        config = SMALL.model_copy(update={"backend": "jax"})
        with pytest.raises(PluginError, match=r'already runs Keras on "tensorflow".*new process'):
            bilstm.fit(config, sample_task(_made(tmp_path / "again"), count=24))

    @pytest.mark.parametrize("name", ["train", "validation"])
    def test_an_empty_split_is_refused(self, name: str, tmp_path: Path) -> None:
        nothing = TokenDataset(np.zeros(0, np.int32), np.zeros(1, np.int64), np.zeros(0, np.int64))
        task = sample_task(tmp_path, count=24)
        task = (
            dataclasses.replace(task, train=nothing)
            if name == "train"
            else dataclasses.replace(task, validation=nothing)
        )
        with pytest.raises(DataError, match="split is empty"):
            bilstm.fit(SMALL, task)

    @pytest.mark.parametrize("library", ["tensorflow", "onnx"])
    def test_a_missing_library_is_said(
        self, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(MissingExtraError, match=r'pip install "voxpop\[train\]"'):
            bilstm.fit(SMALL, sample_task(tmp_path, count=24))


IN_A_PROCESS_OF_ITS_OWN = """
import json, os, sys
from pathlib import Path
import numpy as np
from voxpop.testing import sample_task
from voxpop_plugins.keras import bilstm
from voxpop_plugins.keras.bilstm import BiLSTMConfig

directory, config = Path(sys.argv[1]), BiLSTMConfig(**json.loads(sys.argv[2]))
task = sample_task(directory)
model = bilstm.fit(config, task)
model.save(directory)
import keras
batch = task.validation.batch(np.arange(len(task.validation)))
network = keras.models.load_model(directory / "model.keras", safe_mode=True)
trained = np.asarray(network([batch.ids, batch.lengths], training=False))[:, 0]
served = bilstm.load(directory).predict_proba(batch)[:, 1]
print(json.dumps({
    "backend": keras.config.backend(),
    "difference": float(np.max(np.abs(trained - served))),
    "right": float(np.mean((served > 0.5) == task.validation.labels)),
    "served": served.tolist(),
    "tensorflow": "tensorflow" in sys.modules,
}))
"""


def fit_in_a_process_of_its_own(directory: Path, config: BiLSTMConfig) -> dict[str, Any]:
    ended = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            IN_A_PROCESS_OF_ITS_OWN,
            str(directory),
            config.model_dump_json(),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return {**told, "stderr": ended.stderr}


@pytest.mark.train
class TestBackends:
    def test_jax_trains_and_agrees_with_onnxruntime(self, tmp_path: Path) -> None:
        told = fit_in_a_process_of_its_own(
            tmp_path, SMALL.model_copy(update={"backend": "jax", "epochs": 6})
        )
        assert told["backend"] == "jax"
        assert told["difference"] < 1e-5
        assert told["right"] > 0.8
        assert not told["tensorflow"], "training on JAX needs no TensorFlow"

    def test_the_environment_does_not_choose_the_backend(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And TensorFlow starts without its chatter; twice the same seed gives the same model."""
        monkeypatch.setenv("KERAS_BACKEND", "jax")
        told = [
            fit_in_a_process_of_its_own(_made(tmp_path / name), SMALL) for name in ("one", "two")
        ]
        assert told[0]["backend"] == "tensorflow"
        assert told[0]["difference"] < 1e-5
        assert told[0]["served"] == told[1]["served"]
        assert told[0]["stderr"] == ""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("saved")
    task = sample_task(directory, count=24)
    bilstm.fit(SMALL.model_copy(update={"epochs": 1}), task).save(directory)
    return directory


@pytest.mark.train
class TestLoad:
    @pytest.mark.parametrize("name", ["model.onnx", "model.keras"])
    def test_a_missing_file_is_named(self, name: str, saved: Path, tmp_path: Path) -> None:
        for file in saved.glob("model.*"):
            if file.name != name:
                (tmp_path / file.name).write_bytes(file.read_bytes())
        with pytest.raises(BundleError, match=rf"{tmp_path}/{name} cannot be read: No such file"):
            bilstm.load(tmp_path)

    def test_a_damaged_network_is_named(self, saved: Path, tmp_path: Path) -> None:
        for name in ("model.keras", "model.onnx"):
            (tmp_path / name).write_bytes((saved / name).read_bytes()[:1_000])
        with pytest.raises(BundleError, match=rf"^{tmp_path}/model\.onnx is not a network"):
            bilstm.load(tmp_path)

    def test_a_loaded_model_outlives_its_directory(self, saved: Path, tmp_path: Path) -> None:
        source, target = _made(tmp_path / "source"), _made(tmp_path / "target")
        for file in saved.glob("model.*"):
            (source / file.name).write_bytes(file.read_bytes())
        model = bilstm.load(source)
        for file in source.iterdir():
            file.unlink()
        model.save(target)
        for file in saved.glob("model.*"):
            assert (target / file.name).read_bytes() == file.read_bytes()


class TestConfig:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"pooling": "median"},
            {"backend": "theano"},
            {"lstm_units": [48]},
            {"lstm_units": [48, 0]},
            {"embedding_size": 0},
            {"dropout": 1.0},
            {"word_dropout": -0.1},
            {"learning_rate": 0.0},
            {"learning_rate": float("inf")},
            {"learning_rate": float("nan")},
            {"patience": 0},
            {"unit": 3},
        ],
    )
    def test_nonsense_is_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            BiLSTMConfig(**wrong)

    def test_units_come_as_a_list_from_a_file(self) -> None:
        assert BiLSTMConfig.model_validate({"lstm_units": [12, 6]}).lstm_units == (12, 6)


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory
