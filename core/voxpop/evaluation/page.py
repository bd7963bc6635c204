"""The report as one HTML page that needs nothing from outside."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

from voxpop.evaluation import prose
from voxpop.evaluation.figures import best_epoch, learning_curves
from voxpop.evaluation.inline_svg import inline_svg
from voxpop.evaluation.metrics import METRICS
from voxpop.evaluation.wording import count, decimal, percent, printable

if TYPE_CHECKING:
    from voxpop.evaluation.report import Report

_TEXT, _VALUE = 300, 500  # the longest review text and config value shown
_TITLES = {
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "roc_auc": "ROC-AUC",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "ece": "Calibration error",
}


def page(report: Report, figures: Mapping[str, bytes]) -> str:
    """Give the page. Every text that is not ours is escaped.

    Args:
        report: what it tells
        figures: SVG files by name
    """
    sections = (
        _confusion(report, figures),
        _curves(report, figures),
        _calibration(report, figures),
        _learning(report, figures),
        _comparison(report),
        _mistakes(report),
        _making(report),
    )
    style = resources.files("voxpop.evaluation").joinpath("page.css").read_text("utf-8")
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<title>Voxpop training report</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            *_header(report),
            "<main>",
            *(line for section in sections for line in section),
            "</main>",
            "<footer>The same numbers, for programs: metrics.json beside this page.</footer>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _header(report: Report) -> Iterator[str]:
    evaluation = report.evaluation
    made = report.created_at.astimezone(datetime.UTC)
    yield "<header>"
    yield f'<p class="eyebrow">Voxpop training report, {made:%Y-%m-%d %H:%M} UTC</p>'
    yield f"<h1>{escape(prose.headline(evaluation))}</h1>"
    yield "<ul>"
    yield from (f"<li>{escape(sentence)}</li>" for sentence in prose.summary(evaluation))
    yield "</ul>"
    yield "<dl>"
    for name in METRICS:
        if name in evaluation.metrics:
            better = "higher is better" if METRICS[name] else "lower is better"
            yield (
                f"<div><dt>{_TITLES[name]}</dt>"
                f"<dd>{decimal(evaluation.metrics[name])}<small>{better}</small></dd></div>"
            )
    yield "</dl>"
    yield "</header>"


def _confusion(report: Report, figures: Mapping[str, bytes]) -> Iterator[str]:
    evaluation = report.evaluation
    yield from _open("What is taken for what")
    yield '<div class="pair">'
    yield _figure(
        figures,
        "confusion",
        prose.confusion(evaluation),
        "Rows: what reviews truly are. Columns: what they were called. Shares are of the row.",
    )
    yield _table(
        "numbers",
        "Each class against the rest",
        ["Class", "Precision", "Recall", "F1", "Reviews"],
        [
            [
                printable(each.label, prose.NAME),
                decimal(each.precision),
                decimal(each.recall),
                decimal(each.f1),
                count(each.support),
            ]
            for each in evaluation.per_class
        ],
    )
    yield "</div>"
    yield "</section>"


def _curves(report: Report, figures: Mapping[str, bytes]) -> Iterator[str]:
    evaluation = report.evaluation
    if "roc" not in figures:
        return
    whose = ""
    if len(evaluation.class_names) == 2:
        whose = f" of “{printable(evaluation.class_names[-1], prose.NAME)}”"
    area = evaluation.metrics["roc_auc"]
    yield from _open("If the threshold moved")
    yield '<div class="pair">'
    yield _figure(
        figures,
        "roc",
        f"ROC curve{whose}; the area under it is {decimal(area)}.",
        f"ROC{whose}: found, against wrongly called so. Area {decimal(area)}; chance is 0.5.",
    )
    yield _figure(
        figures,
        "precision-recall",
        f"Precision against recall{whose}.",
        f"Precision and recall{whose}: how sure a hit is, the more of them are found.",
    )
    yield "</div>"
    yield "</section>"


def _calibration(report: Report, figures: Mapping[str, bytes]) -> Iterator[str]:
    evaluation, before = report.evaluation, report.uncalibrated
    yield from _open("Can its confidence be trusted?")
    yield f"<p>{escape(prose.calibration(report.temperature))}</p>"
    yield '<div class="pair">'
    yield _figure(
        figures,
        "reliability",
        "Reliability diagram: how often each confidence proved right; the expected calibration "
        f"error is {decimal(evaluation.metrics['ece'])}.",
        "On the dotted line, a confidence of 90% is right 9 times in 10. Bars below: how many "
        "reviews got it. Upright lines: 95% intervals.",
    )
    if before is not None:
        yield _table(
            "numbers",
            "On the test split; lower is better",
            ["Metric", "Before", "As served"],
            [
                [_TITLES[name], decimal(before.metrics[name]), decimal(evaluation.metrics[name])]
                for name in ("ece", "log_loss", "brier")
            ],
        )
    yield "</div>"
    yield "</section>"


def _learning(report: Report, figures: Mapping[str, bytes]) -> Iterator[str]:
    if not report.epochs:
        return
    best = best_epoch(report.epochs)
    seconds = sum(epoch.duration_s for epoch in report.epochs)
    caption = f"{len(report.epochs)} epochs in {seconds:,.0f} s."
    if best is not None:
        caption += f" The dotted line marks epoch {best}, of the lowest validation loss."
    names = sorted({name for epoch in report.epochs for name in epoch.metrics})
    yield from _open("How it learnt")
    yield f"<p>{escape(caption)}</p>"
    yield '<div class="pair">'
    for metric in learning_curves(report.epochs):
        explained = f"{metric.capitalize()} after each epoch."
        yield _figure(figures, f"learning-{metric}", explained, explained)
    yield "</div>"
    yield "<details><summary>Every epoch in figures</summary>"
    yield _table(
        "numbers",
        "Metrics after each epoch",
        ["Epoch", *names, "Seconds"],
        [
            [
                str(epoch.epoch),
                *(decimal(epoch.metrics.get(name, float("nan"))) for name in names),
                f"{epoch.duration_s:.1f}",
            ]
            for epoch in report.epochs
        ],
    )
    yield "</details>"
    yield "</section>"


def _comparison(report: Report) -> Iterator[str]:
    comparison, evaluation = report.comparison, report.evaluation
    if comparison is None:
        return
    other = printable(comparison.name, prose.NAME)
    yield from _open("Against another version")
    yield _table(
        "numbers",
        f"This version and {other}, on the same test reviews",
        ["Metric", "This version", other, "Difference"],
        [
            [
                _TITLES[name],
                decimal(evaluation.metrics[name]),
                decimal(comparison.metrics[name]),
                prose.difference(name, evaluation, comparison),
            ]
            for name in METRICS
            if name in evaluation.metrics and name in comparison.metrics
        ],
    )
    yield "</section>"


def _mistakes(report: Report) -> Iterator[str]:
    mistakes = report.evaluation.mistakes
    yield from _open("The most confident mistakes")
    if not mistakes:
        yield "<p>There is none: every test review got the right label.</p></section>"
        return
    yield (
        f"<p>The {len(mistakes)} mistakes it was surest of. Some may be reviews that the data "
        "itself labels wrongly; a pattern among the others says what to mend."
        + (" Share this page as you would share these texts." if report.include_texts else "")
        + "</p>"
    )
    yield "<ol>"
    for mistake in mistakes:
        label, predicted = (
            f"<b>{escape(printable(name, prose.NAME))}</b>"
            for name in (mistake.label, mistake.predicted)
        )
        yield (
            f"<li><p>Called {predicted} with {percent(mistake.confidence)} confidence, truly "
            f"{label} <small>row {mistake.index} of the test split</small></p>"
        )
        if report.include_texts:
            text = printable(report.text_of(mistake.index), _TEXT)
            yield f'<blockquote dir="auto">{escape(text)}</blockquote>'
        yield "</li>"
    yield "</ol>"
    yield "</section>"


def _making(report: Report) -> Iterator[str]:
    yield from _open("How it was made")
    yield _table(
        "numbers",
        "Reviews",
        ["Split", "Rows"],
        [[printable(name, prose.NAME), count(rows)] for name, rows in report.rows.items()],
    )
    yield "<h3>Run config</h3>"
    yield _table(
        "code", "Everything that was trained from, filled in", ["Key", "Value"], _flat(report)
    )
    yield "<h3>Environment</h3>"
    environment = [*report.environment.items(), ("git commit", report.git_commit or "unknown")]
    yield _table(
        "code",
        "What it was trained with",
        ["Package", "Version"],
        [[printable(name, prose.NAME), printable(value, _VALUE)] for name, value in environment],
    )
    yield "</section>"


def _flat(report: Report) -> list[list[str]]:
    def walk(key: str, value: Any) -> Iterator[list[str]]:
        if isinstance(value, Mapping) and value:
            for name, inner in value.items():
                yield from walk(f"{key}.{name}" if key else str(name), inner)
        elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
            for index, inner in enumerate(value):
                yield from walk(f"{key}[{index}]", inner)
        else:
            shown = json.dumps(value, ensure_ascii=False, default=str)
            yield [printable(key, _VALUE), printable(shown, _VALUE)]

    return list(walk("", report.run_config))


def _open(title: str) -> Iterator[str]:
    yield "<section>"
    yield f"<h2>{escape(title)}</h2>"


def _figure(figures: Mapping[str, bytes], name: str, description: str, caption: str) -> str:
    drawing = inline_svg(figures[name], name, description)
    return f"<figure>\n{drawing}\n<figcaption>{escape(caption)}</figcaption>\n</figure>"


def _table(kind: str, caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Give a table whose first column heads the rows; every cell is escaped.

    `kind` is a class of the style sheet: "numbers" or "code".
    """
    columns = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    lines = [
        '<div class="scroll">',
        f'<table class="{kind}">',
        f"<caption>{escape(caption)}</caption>",
        f"<thead><tr>{columns}</tr></thead>",
        "<tbody>",
    ]
    for first, *others in rows:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in others)
        lines.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    return "\n".join([*lines, "</tbody>", "</table>", "</div>"])
