import dataclasses
import json
import random
import shutil
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
    Task,
    TokenDataset,
    TrainingError,
)
from voxpop.testing import ModelConformance, RecordingListener, sample_task
from voxpop_plugins.keras import bilstm
from voxpop_plugins.keras.backend import choose_backend
from voxpop_plugins.keras.bilstm import BiLSTM, BiLSTMConfig
from voxpop_plugins.keras.plugin import voxpop_models

# Keras hands its variables to numpy in a way that numpy 2 will give up.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SMALL = BiLSTMConfig(
    embedding_size=8,
    lstm_units=(6, 4),
    dense_units=4,
    batch_size=16,
    epochs=3,
    learning_rate=0.02,
)
LEARNING = SMALL.model_copy(update={"epochs": 6})


@pytest.mark.train
class TestBiLSTM(ModelConformance):
    @pytest.fixture
    def part(self) -> ModelPart[BiLSTMConfig]:
        return next(iter(voxpop_models()))

    @pytest.fixture
    def config(self) -> BiLSTMConfig:
        return SMALL


@dataclasses.dataclass(frozen=True)
class Fitted:
    """One fit that many tests look at: each takes seconds."""

    task: Task
    model: BiLSTM
    heard: RecordingListener
    directory: Path  # where it was saved


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    directory = tmp_path_factory.mktemp("fitted")
    heard = RecordingListener()
    task = dataclasses.replace(sample_task(directory), listen=heard)
    model = bilstm.fit(LEARNING, task)
    model.save(directory)
    return Fitted(task, model, heard, directory)


def probabilities(model: Model, data: TokenDataset) -> NDArray[np.float32]:
    return model.predict_proba(data.batch(np.arange(len(data))))


def made(directory: Path) -> Path:
    directory.mkdir()
    return directory


@pytest.mark.train
class TestFit:
    def test_it_learns(self, fitted: Fitted) -> None:
        data = fitted.task.validation
        right = probabilities(fitted.model, data).argmax(axis=1) == data.labels
        assert right.mean() > 0.9

    def test_epochs_and_batches_are_told(self, fitted: Fitted) -> None:
        epochs = fitted.heard.of(EpochEnded)
        assert [epoch.epoch for epoch in epochs] == [*range(1, len(epochs) + 1)]
        assert {epoch.epochs for epoch in epochs} == {LEARNING.epochs}
        wanted = {"loss", "accuracy", "precision", "recall"}
        assert set(epochs[0].metrics) == wanted | {f"val_{name}" for name in wanted}
        assert all(0 <= epoch.metrics["val_accuracy"] <= 1 for epoch in epochs)
        assert all(epoch.duration_s > 0 for epoch in epochs)
        batches = [event for event in fitted.heard.of(Progress) if event.unit == "batches"]
        per_epoch = -(-len(fitted.task.train) // LEARNING.batch_size)
        assert [event.done for event in batches] == [*range(1, per_epoch + 1)] * len(epochs)
        assert {(event.stage, event.total) for event in batches} == {("training", per_epoch)}

    def test_what_was_told_of_the_best_epoch_holds_for_what_is_served(self, fitted: Fitted) -> None:
        data = fitted.task.validation
        told = min(
            (epoch.metrics for epoch in fitted.heard.of(EpochEnded)), key=lambda it: it["val_loss"]
        )
        served = probabilities(fitted.model, data)
        predicted = served[:, 1] > 0.5
        positive = data.labels == 1
        assert told["val_accuracy"] == pytest.approx((predicted == positive).mean(), abs=1e-6)
        hits = (predicted & positive).sum()
        assert told["val_precision"] == pytest.approx(hits / predicted.sum(), abs=1e-6)
        assert told["val_recall"] == pytest.approx(hits / positive.sum(), abs=1e-6)

    def test_the_keras_file_gives_the_served_answers(self, fitted: Fitted) -> None:
        import keras

        loaded = keras.models.load_model(fitted.directory / "model.keras", safe_mode=True)
        batch = fitted.task.validation.batch(np.arange(len(fitted.task.validation)))
        answer = np.asarray(loaded([batch.ids, batch.lengths], training=False))[:, 0]
        np.testing.assert_allclose(fitted.model.predict_proba(batch)[:, 1], answer, atol=1e-5)

    def test_the_keras_file_can_be_trained_further(self, fitted: Fitted) -> None:
        import keras

        network = keras.models.load_model(fitted.directory / "model.keras")
        network.compile(
            optimizer=keras.optimizers.SGD(0.1), loss="binary_crossentropy", run_eagerly=True
        )
        batch = fitted.task.train.batch(np.arange(8))
        inputs, targets = [batch.ids, batch.lengths], fitted.task.train.labels[:8, np.newaxis]
        losses = [float(network.train_on_batch(inputs, targets)) for _ in range(2)]
        assert np.isfinite(losses).all()
        assert not np.array_equal(
            np.asarray(network([batch.ids, batch.lengths], training=False))[:, 0],
            fitted.model.predict_proba(batch)[:, 1],
        )

    def test_the_best_weights_are_kept(self, tmp_path: Path) -> None:
        """Labels without sense are learnt by heart, so validation soon gets worse."""
        heard = RecordingListener()
        task = sample_task(tmp_path)
        senseless = np.random.default_rng(0).permutation(task.train.labels)
        train = TokenDataset(task.train.tokens, task.train.offsets, senseless)
        config = SMALL.model_copy(
            update={"epochs": 12, "patience": 2, "word_dropout": 0.0, "embedding_dropout": 0.0}
        )
        model = bilstm.fit(config, dataclasses.replace(task, train=train, listen=heard))
        losses = [epoch.metrics["val_loss"] for epoch in heard.of(EpochEnded)]
        best = int(np.argmin(losses))
        assert len(losses) == best + 1 + config.patience < config.epochs, "stopped early"
        chosen = probabilities(model, task.validation)
        of_true = chosen[np.arange(len(chosen)), task.validation.labels]
        assert -np.log(of_true).mean() == pytest.approx(losses[best], abs=1e-4)
        assert losses[-1] > losses[best] + 1e-3

    def test_rows_without_tokens_may_be_trained_on(self, tmp_path: Path) -> None:
        """One row a batch, so that whole batches have no width."""
        empty = TokenDataset(
            np.zeros(0, np.int32), np.zeros(9, np.int64), np.arange(8, dtype=np.int64) % 2
        )
        task = dataclasses.replace(sample_task(tmp_path), train=empty, validation=empty)
        model = bilstm.fit(SMALL.model_copy(update={"batch_size": 1, "epochs": 1}), task)
        assert np.isfinite(probabilities(model, empty)).all()

    def test_a_loss_that_diverges_ends_the_fit(self, tmp_path: Path) -> None:
        config = SMALL.model_copy(update={"learning_rate": 1e38})
        with pytest.raises(TrainingError, match=r"loss became .* smaller model\.learning_rate"):
            bilstm.fit(config, sample_task(tmp_path))

    def test_a_batch_may_be_larger_than_the_data(self, tmp_path: Path) -> None:
        """And the random numbers of the process stay its own."""
        config = SMALL.model_copy(update={"batch_size": 10_000, "epochs": 1})
        random.seed(5)
        np.random.seed(5)
        expected = random.Random(5).random(), np.random.RandomState(5).random()
        bilstm.fit(config, sample_task(tmp_path, count=24))
        assert (random.random(), np.random.random()) == expected

    def test_another_backend_in_the_same_process_is_refused(self, tmp_path: Path) -> None:
        choose_backend("tensorflow")
        config = SMALL.model_copy(update={"backend": "jax"})
        with pytest.raises(PluginError, match=r'already runs Keras on "tensorflow".*new process'):
            bilstm.fit(config, sample_task(tmp_path, count=24))

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
        choose_backend("tensorflow")
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
}))
"""


def fit_in_a_process_of_its_own(directory: Path, config: BiLSTMConfig) -> dict[str, Any]:
    ended = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-W",  # Keras hands its variables to numpy in a way that numpy 2 will give up
            "ignore:__array__ implementation:DeprecationWarning",
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
        told = fit_in_a_process_of_its_own(tmp_path, LEARNING.model_copy(update={"backend": "jax"}))
        assert told["backend"] == "jax"
        assert told["difference"] < 1e-5
        assert told["right"] > 0.9
        assert told["stderr"] == ""

    def test_tensorflow_trains_the_same_in_another_process(
        self, fitted: Fitted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The environment does not choose the backend, and TensorFlow starts without chatter."""
        monkeypatch.setenv("KERAS_BACKEND", "jax")
        monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
        told = fit_in_a_process_of_its_own(tmp_path, LEARNING)
        assert told["backend"] == "tensorflow"
        assert told["difference"] < 1e-5
        assert told["stderr"] == ""
        here = probabilities(fitted.model, fitted.task.validation)[:, 1]
        np.testing.assert_allclose(told["served"], here, atol=1e-6)


@pytest.mark.train
class TestLoad:
    @pytest.mark.parametrize("name", ["model.onnx", "model.keras"])
    def test_a_missing_file_is_named(self, name: str, fitted: Fitted, tmp_path: Path) -> None:
        fitted.model.save(tmp_path)
        (tmp_path / name).unlink()
        with pytest.raises(BundleError, match=rf"{tmp_path}/{name} cannot be read: No such file"):
            bilstm.load(tmp_path)

    def test_a_damaged_network_is_named(self, fitted: Fitted, tmp_path: Path) -> None:
        fitted.model.save(tmp_path)
        (tmp_path / "model.onnx").write_bytes((tmp_path / "model.onnx").read_bytes()[:1_000])
        with pytest.raises(BundleError, match=rf"^{tmp_path}/model\.onnx is not a network"):
            bilstm.load(tmp_path)

    def test_a_loaded_model_outlives_its_directory(self, fitted: Fitted, tmp_path: Path) -> None:
        source, target = made(tmp_path / "source"), made(tmp_path / "target")
        fitted.model.save(source)
        model = bilstm.load(source)
        shutil.rmtree(source)
        model.save(target)
        for name in ("model.onnx", "model.keras"):
            assert (target / name).read_bytes() == (fitted.directory / name).read_bytes()


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
