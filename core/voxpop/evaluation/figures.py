"""The report's figures, as SVG: the same bytes for the same numbers.

Series differ in dash and marker as well as in colour (Okabe and Ito's palette), so that they are
told apart in grey and by colour-blind readers. Text stays text. The page recolours `COLOURS`.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from voxpop.errors import MissingExtraError
from voxpop.evaluation.record import Curve, Evaluation, ReliabilityBin
from voxpop.evaluation.reliability import wilson_interval
from voxpop.evaluation.wording import count, percent, printable
from voxpop.events import EpochEnded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAPER, INK, MUTED, GRID = "#fefefe", "#1c2530", "#66717e", "#d8dde3"
BLUE, VERMILION = "#0072b2", "#d55e00"
COLOURS = {
    "paper": PAPER,
    "ink": INK,
    "muted": MUTED,
    "grid": GRID,
    "blue": BLUE,
    "vermilion": VERMILION,
}
"""What the page replaces by its own colours, light or dark."""

_SERIES = (
    (BLUE, "-"),
    (VERMILION, "--"),
    ("#009e73", "-."),
    ("#cc79a7", ":"),
    ("#56b4e9", "-"),
    ("#e69f00", "--"),
    (INK, "-."),
    (MUTED, ":"),
)
_LONGEST_NAME = 18
_LARGEST_CELLS = 12  # a larger confusion matrix shows shades without numbers
_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "text.parse_math": False,  # a label may hold dollars
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "none",
    "svg.hashsalt": "voxpop",
}


def confusion_figure(evaluation: Evaluation) -> bytes:
    """Draw how the rows of each true class were called, shaded by the share of the true class."""
    names = [printable(name, _LONGEST_NAME) for name in evaluation.class_names]
    classes = len(names)
    side = min(8.0, 3.4 + 0.4 * classes)

    def draw(figure: Figure) -> None:
        from matplotlib.patches import Rectangle

        axes = figure.add_subplot()
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        for row, counts in enumerate(evaluation.confusion):
            for column, cell in enumerate(counts):
                share = cell / max(1, sum(counts))
                corner, size = (column - 0.48, row - 0.48), 0.96
                axes.add_patch(
                    Rectangle(corner, size, size, facecolor=BLUE, alpha=0.05 + 0.5 * share)
                )
                if classes <= _LARGEST_CELLS:
                    words = f"{count(cell)}\n{percent(share)}" if classes < 7 else count(cell)
                    large = "large" if classes < 4 else "medium"
                    axes.text(column, row, words, ha="center", va="center", fontsize=large)
        axes.set_xlim(-0.5, classes - 0.5)
        axes.set_ylim(classes - 0.5, -0.5)
        axes.set_aspect("equal")
        axes.tick_params(length=0)
        axes.set_xticks(range(classes), names, rotation=0 if classes < 4 else 90)
        axes.set_yticks(range(classes), names, rotation=90 if classes < 4 else 0, va="center")
        axes.set_xlabel("called")
        axes.set_ylabel("truly")

    return _svg(draw, side, side)


def roc_figure(evaluation: Evaluation) -> bytes:
    """Draw the share of a class that is found against the share of the others caught with it."""

    def draw(figure: Figure) -> None:
        axes = _square(figure, "false positive rate", "true positive rate")
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (1, 3)))
        _plot_curves(axes, evaluation, evaluation.roc)

    return _svg(draw)


def precision_recall_figure(evaluation: Evaluation) -> bytes:
    """Draw how precision falls as more of a class is found."""

    def draw(figure: Figure) -> None:
        axes = _square(figure, "recall", "precision")
        _plot_curves(axes, evaluation, evaluation.precision_recall)

    return _svg(draw)


def reliability_figure(evaluation: Evaluation, uncalibrated: Evaluation | None = None) -> bytes:
    """Draw how often a confidence proved right, and how many rows had it; 95 % intervals."""
    lowest = 1 / len(evaluation.class_names)

    def draw(figure: Figure) -> None:
        above, below = figure.subplots(2, 1, height_ratios=(4, 1), sharex=True)
        above.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (1, 3)))
        handles, names = [], []
        if uncalibrated is not None:
            x, y, _ = _reliability_points(uncalibrated.reliability)
            handles += above.plot(
                x, y, color=VERMILION, linestyle="--", marker="s", markersize=4, linewidth=1.4
            )
            names.append("before calibration")
        x, y, rows = _reliability_points(evaluation.reliability)
        intervals = [wilson_interval(round(a * n), n) for a, n in zip(y, rows, strict=True)]
        above.vlines(x, *zip(*intervals, strict=True), color=BLUE, linewidth=1)
        handles += above.plot(x, y, color=BLUE, marker="o", markersize=5)
        names.append("as served")
        above.set_xlim(lowest, 1)
        above.set_ylim(min(lowest, *y) - 0.02, 1.01)
        above.set_ylabel("share that proved right")
        if uncalibrated is not None:
            above.legend(handles, names, loc="upper left")
        shares = [each.rows / evaluation.rows for each in evaluation.reliability]
        lowers = [each.lower for each in evaluation.reliability]
        below.bar(lowers, shares, width=0.92 / len(lowers), align="edge", color=BLUE, alpha=0.55)
        below.set_ylabel("reviews")
        below.yaxis.set_major_formatter(_whole_percent)
        below.set_xlabel("confidence")

    return _svg(draw, height=4.6)


def learning_curve_figure(epochs: Sequence[EpochEnded], metric: str) -> bytes:
    """Draw a metric of both splits after each epoch, at least one; lowest loss marked."""
    numbers = [epoch.epoch for epoch in epochs]

    def draw(figure: Figure) -> None:
        from matplotlib.ticker import MaxNLocator

        axes = figure.add_subplot()
        handles, names = [], []
        for key, name, colour, dash, marker in (
            (metric, "training", MUTED, "--", "s"),
            (f"val_{metric}", "validation", BLUE, "-", "o"),
        ):
            values = [epoch.metrics.get(key, math.nan) for epoch in epochs]
            if any(map(math.isfinite, values)):
                handles += axes.plot(
                    numbers, values, color=colour, linestyle=dash, marker=marker, markersize=4
                )
                names.append(name)
        best = best_epoch(epochs)
        if best is not None:
            axes.axvline(best, color=VERMILION, linewidth=1.2, linestyle=":")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.set_xlim(min(numbers) - 0.5, max(numbers) + 0.5)
        axes.set_xlabel("epoch")
        axes.set_ylabel(metric)
        if handles:
            axes.legend(handles, names)

    return _svg(draw, height=3.2)


def learning_curves(epochs: Sequence[EpochEnded]) -> list[str]:
    """Give the metrics whose learning curve can be drawn: loss and accuracy, where known."""
    known = {name.removeprefix("val_") for epoch in epochs for name in epoch.metrics}
    return [metric for metric in ("loss", "accuracy") if metric in known]


def best_epoch(epochs: Sequence[EpochEnded]) -> int | None:
    """Give the epoch with the lowest validation loss, the first of equals; None without any."""
    losses = [(e.metrics["val_loss"], e.epoch) for e in epochs if "val_loss" in e.metrics]
    known = [(loss, epoch) for loss, epoch in losses if math.isfinite(loss)]
    return min(known)[1] if known else None


def _square(figure: Figure, x: str, y: str) -> Axes:
    axes = figure.add_subplot()
    axes.set_xlim(0, 1.005)
    axes.set_ylim(0, 1.005)
    axes.set_aspect("equal")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    return axes


def _plot_curves(axes: Axes, evaluation: Evaluation, curves: Sequence[Curve]) -> None:
    support = {each.label: each.support for each in evaluation.per_class}
    by_support = sorted(curves, key=lambda curve: -support[curve.label])
    largest = [curve for curve in curves if curve in by_support[: len(_SERIES)]]
    handles = [
        axes.plot(curve.x, curve.y, color=colour, linestyle=dash)[0]
        for curve, (colour, dash) in zip(largest, _SERIES, strict=False)
    ]
    if len(largest) > 1:
        legend = axes.legend(handles, ["" for _ in largest])
        for text, curve in zip(legend.get_texts(), largest, strict=True):
            # Not given to legend(): that leaves out names that begin with an underscore.
            text.set_text(printable(curve.label, _LONGEST_NAME))


def _reliability_points(
    bins: Sequence[ReliabilityBin],
) -> tuple[list[float], list[float], list[int]]:
    known = [
        (each.confidence, each.accuracy, each.rows)
        for each in bins
        if each.confidence is not None and each.accuracy is not None
    ]
    x, y, rows = zip(*known, strict=True)
    return list(x), list(y), list(rows)


def _whole_percent(share: float, position: int | None) -> str:
    return percent(share, 0)


def _svg(draw: Callable[[Figure], None], width: float = 4.2, height: float = 4.2) -> bytes:
    """Draw into a figure of that size in inches and give it as SVG, without date or maker."""
    try:
        from matplotlib import style
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError(
            'Drawing a report needs matplotlib: pip install "voxpop[train]".'
        ) from error

    out = io.BytesIO()
    with style.context(["default", _STYLE]), warnings.catch_warnings():
        # The reader's fonts draw the text; that ours lacks a glyph only blurs its measured width.
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure)
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(out, format="svg", metadata=nothing)
    return out.getvalue()
