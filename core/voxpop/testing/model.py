"""The standard tests of models."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from voxpop.events import EpochEnded, Event, RunStopped
from voxpop.interfaces import Model, Task, TokenBatch
from voxpop.parts import ModelPart, Part, PartConfig
from voxpop.testing import fresh_process
from voxpop.testing.conformance import PartConformance, require, standard
from voxpop.testing.data_source import require_events
from voxpop.testing.doubles import RecordingListener
from voxpop.testing.model_answers import require_probabilities, require_same
from voxpop.testing.sample_task import sample_task
from voxpop.testing.saving import require_no_pickle, save_into

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Other company or width may change the order in which float32 numbers are added, no more than that.
COMPANY_TOLERANCE = 1e-5
SAVED_TOLERANCE = 1e-6

_INT32 = np.iinfo(np.int32)


@standard
class ModelConformance(PartConformance):
    """Subclass it, give a fixture `part` (and `config` when options are required), run pytest.

    Give a `config` that fits fast: the kit fits on some hundred short reviews, several times. Set
    `fits_again = False` for a model that takes minutes however small its config; the tests that
    need a second fit are skipped then.
    """

    kind: ClassVar[type[Part[Any]]] = ModelPart
    fits_again: ClassVar[bool] = True

    @pytest.fixture
    def task(self, tmp_path_factory: pytest.TempPathFactory) -> Task:
        """Give what to fit on; write this fixture when yours must be larger or another one."""
        return self.kept("task", lambda: sample_task(tmp_path_factory.mktemp("task")))

    @pytest.fixture
    def model(self, part: ModelPart[Any], config: PartConfig, task: Task) -> Model:
        """Give the part's model, fitted on the task; made once a test class."""
        return self.kept(f"model {config.model_dump_json()}", lambda: part.fit(config, task))

    @pytest.fixture
    def batch(self, task: Task) -> TokenBatch:
        """Give the task's reviews of most lengths, rows without tokens among them."""
        longest_first = np.argsort(-task.train.lengths, kind="stable")
        return _with_empty_rows(task.train.batch(longest_first[:: len(longest_first) // 24]))

    @pytest.fixture
    def refit(
        self, part: ModelPart[Any], config: PartConfig, tmp_path: Path
    ) -> Callable[[Task], Model]:
        """Give a function that fits once more; skips the test where that takes too long."""
        if not self.fits_again:
            pytest.skip("fits_again is False: the model is not fitted a second time")
        return lambda task: part.fit(config, dataclasses.replace(task, scratch=tmp_path))

    def test_rows_are_probabilities(self, model: Model, batch: TokenBatch, task: Task) -> None:
        """float32 of shape (n, k), finite, in 0 .. 1, each row sums to 1 within 1e-5."""
        require_probabilities(model.predict_proba(batch), len(batch), len(task.labels))

    @pytest.mark.parametrize("width", [0, 5])
    def test_no_rows_are_legal(self, model: Model, task: Task, width: int) -> None:
        """A batch of no rows gives probabilities of shape (0, k)."""
        nothing = TokenBatch(np.zeros((0, width), np.int32), np.zeros(0, np.int32))
        answer = _ask(model, nothing, f"a batch of 0 rows and width {width}")
        require_probabilities(answer, 0, len(task.labels))

    @pytest.mark.parametrize("width", [0, 5])
    def test_rows_without_tokens_are_legal(self, model: Model, task: Task, width: int) -> None:
        """Texts without a token get probabilities, too, and the same whatever the width."""
        empty = TokenBatch(np.zeros((3, width), np.int32), np.zeros(3, np.int32))
        answer = _ask(model, empty, f"3 rows of length 0 and width {width}")
        require_probabilities(answer, 3, len(task.labels))
        alone = TokenBatch(np.zeros((1, 1), np.int32), np.zeros(1, np.int32))
        expected = np.repeat(_ask(model, alone, "one row of length 0 and width 1"), 3, axis=0)
        require_same(
            expected, answer, COMPANY_TOLERANCE, "A text without tokens depends on the width."
        )

    def test_every_id_is_legal(self, model: Model, task: Task) -> None:
        """Each id of the vocabulary may come, also those that no training text had."""
        ids = np.arange(1, task.vocabulary_size, dtype=np.int32).reshape(-1, 1)
        batch = TokenBatch(ids, np.ones(len(ids), np.int32))
        answer = _ask(model, batch, f"every id from 1 to {task.vocabulary_size - 1}")
        require_probabilities(answer, len(ids), len(task.labels))

    def test_company_changes_nothing(self, model: Model, batch: TokenBatch) -> None:
        """A row gets the same answer alone, in a batch and in any order."""
        together = model.predict_proba(batch)
        backwards = model.predict_proba(TokenBatch(batch.ids[::-1], batch.lengths[::-1]))[::-1]
        alone = np.concatenate(
            [
                model.predict_proba(TokenBatch(batch.ids[row : row + 1, :length], length[None]))
                for row, length in enumerate(batch.lengths)
            ]
        )
        hint = (
            "what shares the batch must change nothing: take no mean, maximum or norm over a "
            "whole batch."
        )
        require_same(
            together,
            backwards,
            COMPANY_TOLERANCE,
            f"In another order a row's answer is other; {hint}",
        )
        require_same(
            together,
            alone,
            COMPANY_TOLERANCE,
            f"Alone, and only as wide as itself, a row's answer is other; {hint}",
        )

    @pytest.mark.parametrize("garbage", ["ids", "anything"])
    def test_padding_is_never_read(
        self, model: Model, batch: TokenBatch, task: Task, garbage: str
    ) -> None:
        """What lies beyond a length, and how wide it is, changes nothing."""
        expected = model.predict_proba(batch)
        low, high = (1, task.vocabulary_size) if garbage == "ids" else (_INT32.min, _INT32.max)
        rng = np.random.default_rng(0)
        for more in (0, 1, 40):
            shape = (len(batch), batch.ids.shape[1] + more)
            ids = rng.integers(low, high, shape, dtype=np.int32)
            inside = np.arange(shape[1]) < batch.lengths[:, None]
            ids[inside] = batch.ids[inside[:, : batch.ids.shape[1]]]
            dirty = TokenBatch(ids, batch.lengths)
            told = f"a batch with {more} columns more and garbage ({garbage}) beyond the lengths"
            require_same(
                expected,
                _ask(model, dirty, told),
                COMPANY_TOLERANCE,
                f"The answers read the padding (the kit gave {told}): what lies beyond a length "
                "must never be read. Mask it in every layer, and set it to 0 before it is looked "
                "up as an id.",
            )

    def test_input_is_left_alone(self, model: Model, batch: TokenBatch) -> None:
        """`predict_proba` writes nothing into the batch that it is given."""
        given = TokenBatch(batch.ids.copy(), batch.lengths.copy())
        model.predict_proba(given)
        require(
            np.array_equal(given.ids, batch.ids) and np.array_equal(given.lengths, batch.lengths),
            "`predict_proba` changes its input: work on a copy.",
        )

    def test_answers_are_deterministic(self, model: Model, batch: TokenBatch) -> None:
        """Asked again, the model says the same, to the bit."""
        require_same(
            model.predict_proba(batch),
            model.predict_proba(batch),
            0.0,
            "Asked twice, the model gives two answers: switch dropout and all that is random off.",
        )

    def test_save_and_load_give_the_same(
        self, model: Model, batch: TokenBatch, part: ModelPart[Any], tmp_path: Path
    ) -> None:
        """`load` needs nothing but the directory, wherever that was moved."""
        shutil.move(save_into(tmp_path / "saved", model), tmp_path / "moved")
        require_same(
            model.predict_proba(batch),
            part.load(tmp_path / "moved").predict_proba(batch),
            SAVED_TOLERANCE,
            "After `save` and `load` the answers are others: `save` must write all that `load` "
            "needs, options of the config included.",
        )

    def test_a_loaded_model_can_be_saved(
        self, model: Model, batch: TokenBatch, part: ModelPart[Any], tmp_path: Path
    ) -> None:
        """What was loaded is a model like any other."""
        loaded = part.load(save_into(tmp_path / "saved", model))
        again = part.load(save_into(tmp_path / "again", loaded))
        require_same(
            model.predict_proba(batch),
            again.predict_proba(batch),
            SAVED_TOLERANCE,
            "Saved, loaded, saved and loaded again, the model gives other answers.",
        )

    def test_save_writes_no_pickle(self, model: Model, tmp_path: Path) -> None:
        """Reading a saved model runs nobody's code."""
        require_no_pickle(save_into(tmp_path / "saved", model))

    def test_a_fresh_process_gives_the_same(
        self, model: Model, batch: TokenBatch, part: ModelPart[Any], tmp_path: Path
    ) -> None:
        """`load` works where nothing was fitted, and imports no library for training."""
        answer = fresh_process.ask(part.load, save_into(tmp_path / "saved", model), batch, tmp_path)
        require_same(
            model.predict_proba(batch),
            answer["probabilities"],
            SAVED_TOLERANCE,
            "In a fresh process the loaded model gives other answers.",
        )
        imported = ", ".join(answer["training_only"])
        require(
            not imported,
            f"`load` or `predict_proba` imports {imported}: what serves has no library for "
            "training. Save a form that onnxruntime or numpy can run.",
        )

    def test_the_seed_decides(
        self, model: Model, batch: TokenBatch, task: Task, refit: Callable[[Task], Model]
    ) -> None:
        """Fitting again with the same seed gives the same model."""
        require_same(
            model.predict_proba(batch),
            refit(task).predict_proba(batch),
            SAVED_TOLERANCE,
            "Fitted twice with the same seed, the model gives two answers: take all randomness "
            "from `task.seed` (numpy.random.default_rng(task.seed), keras.utils.set_random_seed).",
        )

    def test_three_classes(
        self, refit: Callable[[Task], Model], tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """The number of classes comes from the task."""
        task = sample_task(tmp_path_factory.mktemp("three-classes"), classes=3)
        answer = refit(task).predict_proba(task.validation.batch(np.arange(5)))
        require_probabilities(answer, 5, 3)

    def test_what_fit_tells_are_events(self, task: Task, refit: Callable[[Task], Model]) -> None:
        """`fit` tells events only; epochs, if it tells any, count from 1 with finite metrics."""
        listener = RecordingListener()
        refit(dataclasses.replace(task, listen=listener))
        require_events(listener)
        epochs = listener.of(EpochEnded)
        require(
            [event.epoch for event in epochs] == list(range(1, len(epochs) + 1))
            and all(event.epoch <= event.epochs for event in epochs),
            f"EpochEnded was told for {[event.epoch for event in epochs]}: tell 1, 2, 3, ..., at "
            "most up to its `epochs`.",
        )
        require(
            all(np.isfinite(value) for event in epochs for value in event.metrics.values()),
            "A metric of EpochEnded is not finite: raise TrainingError when a loss is lost.",
        )

    def test_a_stopped_run_stops(self, task: Task, refit: Callable[[Task], Model]) -> None:
        """RunStopped, raised by the listener, comes out of `fit`."""
        told = []

        def stop(event: Event) -> None:
            told.append(event)
            raise RunStopped("by the kit")

        try:
            refit(dataclasses.replace(task, listen=stop))
        except RunStopped:
            return
        require(not told, "`fit` went on after its listener raised RunStopped: let it pass.")


def _ask(model: Model, batch: TokenBatch, told: str) -> NDArray[np.float32]:
    __tracebackhide__ = True
    try:
        return model.predict_proba(batch)
    except Exception as error:  # noqa: BLE001 - whatever the author's code raises
        pytest.fail(f"{told} makes `predict_proba` raise {error!r}: it is a legal batch.")


def _with_empty_rows(batch: TokenBatch) -> TokenBatch:
    """Put a row of length 0 first, in the middle and last."""
    places = [0, len(batch) // 2, len(batch)]
    return TokenBatch(np.insert(batch.ids, places, 0, axis=0), np.insert(batch.lengths, places, 0))
