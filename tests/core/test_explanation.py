"""Which words drove a prediction."""

import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from voxpop import Classifier, DataError, TokenBatch
from voxpop.explanation import MOST_SPANS, explain
from voxpop.interfaces import Prediction
from voxpop.testing import PLANTED_WORDS, STRANGE_TEXTS, make_bundle, sample_plugins


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    directory: Path = tmp_path_factory.mktemp("bundle") / "bundle"
    make_bundle(directory)
    return Classifier.load(directory, plugins=sample_plugins())


@pytest.mark.parametrize("label", ["negative", "positive"])
def test_the_planted_word_weighs_most(classifier: Classifier, label: str) -> None:
    for word in PLANTED_WORDS[label]:
        text = f"After two weeks of use: {word}! The kettle came on Monday."
        explanation = classifier.explain(text)
        assert explanation.prediction.label == label
        strongest = max(explanation.influences, key=lambda influence: influence.weight)
        assert text[strongest.start : strongest.end] == f"{word}!"
        assert strongest.weight > 0.1


def test_a_word_against_the_label_weighs_less_than_nothing(classifier: Classifier) -> None:
    text = "lovely and sturdy but flimsy"
    explanation = classifier.explain(text)
    assert explanation.prediction.label == "positive"
    weights = {text[one.start : one.end]: one.weight for one in explanation.influences}
    assert weights["flimsy"] < 0 < weights["lovely"]


def test_weights_are_what_leaving_the_word_out_takes(classifier: Classifier) -> None:
    text = "the kettle is awful but the lamp is lovely, awful kettle"
    explanation = classifier.explain(text)
    shown = classifier.labels.index(explanation.prediction.label)
    whole = classifier.probabilities([text])[0, shown]
    assert explanation.prediction == classifier.predict([text])[0]
    for one in explanation.influences:
        without = classifier.probabilities([text[: one.start] + text[one.end :]])[0, shown]
        assert one.weight == pytest.approx(whole - without, abs=1e-9)


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t ", *STRANGE_TEXTS, "🙂", "awful", "good 👨‍👩‍👧 bad"]
)
def test_any_text_is_explained_by_spans_that_lie_in_it(classifier: Classifier, text: str) -> None:
    explanation = classifier.explain(text)
    assert explanation.prediction == classifier.predict([text])[0]
    end = 0
    for influence in explanation.influences:
        assert end <= influence.start < influence.end <= len(text)
        assert -1 <= influence.weight <= 1
        end = influence.end
    assert len(explanation.influences) <= MOST_SPANS
    assert bool(explanation.influences) == bool(text[: explanation.read].strip())


def test_one_word_is_compared_with_no_word(classifier: Classifier) -> None:
    (influence,) = classifier.explain("awful").influences
    empty = classifier.probabilities([""])[0, 0]
    assert influence.weight == pytest.approx(classifier.probabilities(["awful"])[0, 0] - empty)


def test_what_the_tokenizer_cuts_off_is_not_looked_at(classifier: Classifier) -> None:
    text = "kettle " * 63 + "awful " + "lovely " * 5_000  # 64 words are read
    explanation = classifier.explain(text)
    assert explanation.prediction == classifier.predict([text])[0]
    assert explanation.is_whole
    assert text[: explanation.read].split() == ["kettle"] * 63 + ["awful"]
    assert explanation.influences[-1].weight == max(one.weight for one in explanation.influences)


def test_neighbours_share_a_weight_where_words_are_many() -> None:
    seen: list[int] = []
    text = "plain " * 300 + "great " + "plain " * 300

    def probabilities(texts: object) -> NDArray[np.float64]:
        assert isinstance(texts, list)
        seen.append(len(texts))
        share = np.array([0.9 if "great" in each else 0.4 for each in texts])
        return np.column_stack([1 - share, share])

    explanation = explain(text, _letters, probabilities, _prediction)
    assert seen == [MOST_SPANS + 1]
    assert len(explanation.influences) == MOST_SPANS
    heaviest = max(explanation.influences, key=lambda one: one.weight)
    assert "great" in text[heaviest.start : heaviest.end]
    assert heaviest.weight == pytest.approx(0.5)
    assert explanation.is_whole


@pytest.mark.parametrize("text", ["good bad " * 120_000, "x" * 1_000_000])
def test_a_megabyte_that_no_tokenizer_cuts_is_explained_in_its_beginning(text: str) -> None:
    characters = 0

    def probabilities(texts: object) -> NDArray[np.float64]:
        nonlocal characters
        assert isinstance(texts, list)
        characters = sum(map(len, texts))
        return np.tile([0.3, 0.7], (len(texts), 1))

    explanation = explain(text, _letters, probabilities, _prediction)
    assert not explanation.is_whole
    assert 0 < explanation.read <= 65_536
    assert characters < 12_000_000


def test_a_megabyte_is_explained_in_bounded_time(classifier: Classifier) -> None:
    started = time.perf_counter()
    explanation = classifier.explain("awful kettle " * 80_000)
    assert explanation.is_whole
    assert time.perf_counter() - started < 5


def test_what_is_no_text_is_refused(classifier: Classifier) -> None:
    with pytest.raises(DataError, match="is a int, not a str"):
        classifier.explain(5)  # type: ignore[arg-type]


def _letters(texts: object) -> TokenBatch:
    """A tokenizer that reads everything: a token a letter."""
    assert isinstance(texts, list)
    rows = [np.frombuffer(text.encode(), np.uint8).astype(np.int32) for text in texts]
    ids = np.zeros((len(rows), max(map(len, rows))), np.int32)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
    return TokenBatch(ids, np.array(list(map(len, rows)), np.int32))


def _prediction(row: NDArray[np.float64]) -> Prediction:
    return Prediction(label=str(np.argmax(row)), confidence=float(np.max(row)))
