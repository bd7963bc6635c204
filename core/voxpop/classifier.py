"""A bundle loaded for use: texts in, predictions out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from voxpop.answers import AnswerError, as_probabilities
from voxpop.bundle import Manifest, verify_bundle
from voxpop.calibration import calibrate
from voxpop.errors import BundleError, DataError, PartNotFoundError, PluginError, VoxpopError
from voxpop.explanation import Explanation, explain
from voxpop.golden import check_golden
from voxpop.interfaces import Model, Prediction, TokenBatch, Tokenizer
from voxpop.part_calls import called, part_at_work
from voxpop.parts import ModelPart, TokenizerPart
from voxpop.plugins import Plugins

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.bundle.manifest import PartRecord

P = TypeVar("P", TokenizerPart[Any], ModelPart[Any])

# Texts are encoded so many at a time: memory stays bounded whatever the caller hands over.
_CHUNK = 2_048


class Classifier:
    """A version in use. Thread-safe as far as its tokenizer and model are.

    Attributes:
        version: the version's name.
        manifest: what the bundle says of itself.
        labels: the class names, in the order of all probabilities.
    """

    def __init__(
        self, tokenizer: Tokenizer, model: Model, manifest: Manifest, version: str
    ) -> None:
        self.tokenizer = tokenizer
        self.model = model
        self.manifest = manifest
        self.version = version
        self.labels = manifest.labels

    @classmethod
    def load(cls, bundle: Path, *, plugins: Plugins, version: str | None = None) -> Classifier:
        """Verify a bundle, load its parts and replay its golden predictions.

        Args:
            bundle: the bundle's directory.
            plugins: where the parts that made the bundle are found again.
            version: what the bundle must be; None takes it for what its manifest says.

        Raises:
            BundleError: the bundle is damaged, not that version, or computes something else here.
            PluginError: a part that the bundle needs is missing or broken.
        """
        manifest, version = verify_bundle(bundle, version)
        tokenizer_part = _find(plugins, TokenizerPart, manifest.parts.tokenizer, version)
        model_part = _find(plugins, ModelPart, manifest.parts.model, version)
        parts = manifest.parts
        with _loading(called("tokenizer", parts.tokenizer), version):
            tokenizer = tokenizer_part.load(bundle / "tokenizer")
        with _loading(called("model", parts.model), version):
            model = model_part.load(bundle / "model")
        classifier = cls(tokenizer, model, manifest, version)
        texts = [golden.text for golden in manifest.golden]
        check_golden(manifest.golden, classifier.probabilities(texts), f"{bundle} ({version})")
        return classifier

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Give the calibrated probabilities of every label, float64 of shape (n, k).

        Raises:
            DataError: an item is not a text, or a single text stands in the place of a list.
            BundleError: the tokenizer or the model answers for other texts, or with no numbers.
        """
        if isinstance(texts, str):
            raise DataError(
                "A single str was given, which is a sequence of its letters: give a list of texts, "
                "as in predict([text])"
            )
        for position, text in enumerate(texts):
            if not isinstance(text, str):
                raise DataError(
                    f"Text {position + 1} of {len(texts)} is a {type(text).__name__}, not a str"
                )
        chunks = (texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK))
        answers = [self.probabilities_of(self.encode(chunk)) for chunk in chunks]
        return np.concatenate([np.zeros((0, len(self.labels)), np.float64), *answers])

    def encode(self, texts: Sequence[str]) -> TokenBatch:
        """Encode texts, in order.

        Raises:
            BundleError: the tokenizer lost a text or made one up, so that answers would be mixed.
            PluginError: it tried to end the process.
        """
        try:
            batch = self.tokenizer.encode(texts)
        except SystemExit as error:
            raise self._ended("tokenizer", error) from error
        if not isinstance(batch, TokenBatch):
            raise BundleError(
                f"{self.version}: the tokenizer gave a {type(batch).__name__}, not a TokenBatch"
            )
        if not len(texts) == len(batch.lengths) == len(batch.ids):
            raise BundleError(
                f"{self.version}: the tokenizer made {len(batch.ids)} rows of ids and "
                f"{len(batch.lengths)} lengths of {len(texts)} texts"
            )
        return batch

    def probabilities_of(self, batch: TokenBatch) -> NDArray[np.float64]:
        """Give the calibrated probabilities for texts that its tokenizer encoded, (n, k).

        Raises:
            BundleError: the model answered for other texts or labels, or with no probabilities.
            PluginError: it tried to end the process.
        """
        try:
            answer = self.model.predict_proba(batch)
            raw = as_probabilities(answer, len(batch), len(self.labels))
        except AnswerError as error:
            raise BundleError(f"{self.version}: the model answered {error}") from error
        except SystemExit as error:
            raise self._ended("model", error) from error
        return calibrate(raw, self.manifest.calibration.temperature)

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """Predict each text, in order.

        Raises:
            DataError: an item is not a text.
        """
        return [self.prediction_of(row) for row in self.probabilities(texts)]

    def explain(self, text: str) -> Explanation:
        """Predict a text and say which of its words drove that; see `voxpop.explanation`.

        Costs as much as predicting one text a word, of 128 at most, in one batch.

        Raises:
            DataError: it is not a text.
        """
        if not isinstance(text, str):
            raise DataError(f"What is to be explained is a {type(text).__name__}, not a str")
        return explain(text, self.encode, self.probabilities, self.prediction_of)

    def _ended(self, kind: Literal["tokenizer", "model"], error: SystemExit) -> PluginError:
        who = called(kind, getattr(self.manifest.parts, kind))
        return PluginError(f"{who} tried to end the process (sys.exit({error.code!r}))")

    def prediction_of(self, probabilities: NDArray[np.float64]) -> Prediction:
        """Make the prediction that a row of probabilities, of shape (k,), stands for."""
        best = int(np.argmax(probabilities))
        return Prediction(
            label=self.labels[best],
            confidence=float(probabilities[best]),
            probabilities=dict(zip(self.labels, map(float, probabilities), strict=True)),
        )


@contextlib.contextmanager
def _loading(who: str, version: str) -> Iterator[None]:
    """Refuse a version whose part cannot read what it once wrote, whatever it raises."""
    try:
        with part_at_work(who, f"loading {version}"):
            yield
    except (VoxpopError, MemoryError):
        raise
    except Exception as error:
        raise BundleError(
            f"{version}: {who} cannot load what it saved ({type(error).__name__}: {error}). "
            "--debug shows where in its code that happened."
        ) from error


def _find(plugins: Plugins, kind: type[P], record: PartRecord, version: str) -> P:
    try:
        return plugins.get(kind, record.name)
    except PartNotFoundError as error:
        # The part may well be installed where not all plugins were chosen to load.
        advice = (
            f"name the plugin of {record.distribution} in VOXPOP_PLUGINS, or unset that"
            if plugins.left_out
            else f"pip install '{record.distribution}=={record.version}'"
        )
        raise PartNotFoundError(
            f"{version} needs the {kind.kind} {record.name!r} of {record.distribution} "
            f"{record.version}. {error}\n"
            f"  try: {advice}"
        ) from error
