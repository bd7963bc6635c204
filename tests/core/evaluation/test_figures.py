from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence

import matplotlib as mpl
import numpy as np
import pytest

from voxpop.errors import MissingExtraError
from voxpop.evaluation.figures import (
    COLOURS,
    best_epoch,
    confusion_figure,
    learning_curve_figure,
    learning_curves,
    precision_recall_figure,
    reliability_figure,
    roc_figure,
)
from voxpop.evaluation.metrics import evaluate
from voxpop.evaluation.record import Evaluation
from voxpop.events import EpochEnded

SVG = "{http://www.w3.org/2000/svg}"
OF_EVALUATIONS: list[Callable[[Evaluation], bytes]] = [
    confusion_figure,
    roc_figure,
    precision_recall_figure,
    reliability_figure,
]


def words(svg: bytes) -> list[str]:
    """Give every text that a figure shows; fails when it is no well-formed XML."""
    return ["".join(each.itertext()) for each in ET.fromstring(svg).iter(f"{SVG}text")]


def epoch(number: int, **metrics: float) -> EpochEnded:
    return EpochEnded(epoch=number, epochs=9, metrics=metrics, duration_s=1.0)


@pytest.mark.parametrize("figure", OF_EVALUATIONS)
def test_the_same_numbers_give_the_same_bytes(
    figure: Callable[[Evaluation], bytes], evaluation: Evaluation
) -> None:
    assert figure(evaluation) == figure(evaluation)


@pytest.mark.parametrize("figure", OF_EVALUATIONS)
def test_the_users_own_matplotlib_settings_change_nothing_and_stay(
    figure: Callable[[Evaluation], bytes], evaluation: Evaluation
) -> None:
    before = figure(evaluation)
    with mpl.rc_context({"font.size": 31, "axes.facecolor": "red", "svg.hashsalt": "x"}):
        assert figure(evaluation) == before
        assert mpl.rcParams["font.size"] == 31


@pytest.mark.parametrize("figure", OF_EVALUATIONS)
def test_a_figure_tells_neither_date_nor_maker(
    figure: Callable[[Evaluation], bytes], evaluation: Evaluation
) -> None:
    svg = figure(evaluation).decode()
    assert "<metadata" not in svg
    assert "matplotlib.org" not in svg


def test_the_confusion_matrix_shows_counts_and_shares(evaluation: Evaluation) -> None:
    shown = words(confusion_figure(evaluation))
    assert {"negative", "positive", "truly", "called"} <= set(shown)
    together = " ".join(shown)
    for row in evaluation.confusion:
        for cell in row:
            assert str(cell) in together
            assert f"{100 * cell / sum(row):.1f}%" in together


def test_a_large_confusion_matrix_shows_shades_only() -> None:
    labels = np.arange(20)
    found = evaluate(np.eye(20), labels, [f"class {number}" for number in range(20)])
    shown = words(confusion_figure(found))
    assert sum(word.startswith("class ") for word in shown) == 2 * 20  # a name an axis
    assert not any(word == "1" for word in shown)


def test_series_differ_in_dash_as_well_as_in_colour(five_classes: Evaluation) -> None:
    root = ET.fromstring(roc_figure(five_classes))
    styles = {
        each.get("style", "")
        for each in root.iter(f"{SVG}path")
        if "stroke-width: 2" in each.get("style", "")
    }
    assert len(styles) >= 5
    assert len({style.partition("stroke-dasharray")[2][:14] for style in styles}) >= 4


def test_every_class_of_a_curve_is_in_the_legend(five_classes: Evaluation) -> None:
    for figure in (roc_figure, precision_recall_figure):
        assert {f"class {number}" for number in range(5)} <= set(words(figure(five_classes)))


def test_of_many_classes_the_eight_largest_are_drawn() -> None:
    rng = np.random.default_rng(0)
    labels = np.concatenate([np.arange(12), np.arange(4, 12)])
    weights = rng.random((20, 12))
    names = [f"class {number}" for number in range(12)]
    found = evaluate(weights / weights.sum(axis=1, keepdims=True), labels, names)
    drawn = [word for word in words(roc_figure(found)) if word.startswith("class")]
    assert drawn == names[4:]


def test_before_and_after_calibration_are_told_apart(
    evaluation: Evaluation, uncalibrated: Evaluation
) -> None:
    both = words(reliability_figure(evaluation, uncalibrated))
    assert {"before calibration", "as served", "confidence"} <= set(both)
    assert "before calibration" not in words(reliability_figure(evaluation))


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "$\\frac{",
        "_hidden",
        "積極 👍",
        "nul\x00 \ud800",
        "-->",
        "&amp;",
    ],
)
def test_any_label_is_drawn_as_text(name: str) -> None:
    found = evaluate(np.array([[0.1, 0.2, 0.7]] * 3), np.array([0, 1, 2]), ["a", "b", name])
    start = name[:4].replace("\x00", "")
    for figure in (confusion_figure, roc_figure, precision_recall_figure):
        assert any(word.startswith(start[:3]) for word in words(figure(found)))
    reliability_figure(found)


def test_rows_that_are_all_wrong_or_all_right_can_be_drawn() -> None:
    for label in (0, 1):
        found = evaluate(np.array([[0.0, 1.0]]), np.array([label]), ["a", "b"])
        assert words(confusion_figure(found))
        assert words(reliability_figure(found, found))


def test_a_learning_curve_shows_both_splits(epochs: Sequence[EpochEnded]) -> None:
    assert learning_curves(epochs) == ["loss", "accuracy"]
    for metric in ("loss", "accuracy"):
        svg = learning_curve_figure(epochs, metric)
        assert {"training", "validation", "epoch", metric} <= set(words(svg))
        assert svg == learning_curve_figure(epochs, metric)


def test_what_is_not_known_is_not_drawn() -> None:
    assert learning_curves([]) == []
    assert learning_curves([epoch(1, val_loss=0.5), epoch(2, val_loss=0.4)]) == ["loss"]
    assert "training" not in words(learning_curve_figure([epoch(1, val_loss=0.5)], "loss"))


def test_a_loss_that_ran_away_is_left_out() -> None:
    nan, inf = float("nan"), float("inf")
    ran_away = [epoch(1, loss=nan, val_loss=inf), epoch(2, loss=nan, val_loss=nan)]
    assert words(learning_curve_figure(ran_away, "loss"))
    assert best_epoch(ran_away) is None


def test_the_best_epoch_has_the_lowest_validation_loss() -> None:
    losses = [0.5, float("nan"), 0.3, 0.3, 0.4]
    known = [epoch(number, val_loss=loss) for number, loss in enumerate(losses, start=1)]
    assert best_epoch(known) == 3
    assert best_epoch([epoch(1, loss=0.5)]) is None


def test_a_missing_library_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, evaluation: Evaluation
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # what Python itself does to refuse it
    with pytest.raises(MissingExtraError, match=r'pip install "voxpop\[train\]"'):
        roc_figure(evaluation)


def test_the_page_can_recolour_all_that_must_be_read(evaluation: Evaluation) -> None:
    svg = roc_figure(evaluation).decode()
    for name in ("paper", "ink", "grid", "blue"):
        assert COLOURS[name] in svg
    assert "#000000" not in svg
