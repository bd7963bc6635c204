"""*The model*: the version in service and what was measured of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import gradio as gr

from voxpop_apps.ui.api_client import ApiClient, ApiTroubleError
from voxpop_apps.ui.markup import message


def build_model_tab(client: ApiClient, tab: gr.Tab) -> None:
    """Put the tab together; it asks anew whenever it is opened."""
    shown = gr.HTML(elem_id="model-shown")

    def ask() -> str:
        try:
            shown = model_html(client.model())
        except ApiTroubleError as error:
            return message(str(error))
        try:
            return shown + history_html(client.history())
        except ApiTroubleError as error:  # the registry may be away while its version serves
            return shown + message(f"What served before cannot be said: {error}", "status")

    again = gr.Button("Ask again", elem_id="model-again")
    for event in (tab.select, again.click):
        event(ask, None, shown, show_progress="hidden")


def model_html(found: Mapping[str, Any]) -> str:
    """Show the version, its metrics, and what it takes for what."""
    parts = {kind: one.get("name", "") for kind, one in found["parts"].items()}
    facts = {
        "Version": found["version"],
        "The API follows": found["reference"],
        "In service since": _moment(found["loaded_at"]),
        "Made": _moment(found["manifest"].get("created_at", "")),
        "Labels": ", ".join(found["labels"]),
        "Parts": ", ".join(f"{kind}: {name}" for kind, name in parts.items()),
    }
    if found["source"] == "cache":
        facts["Note"] = "the registry does not answer; this was served last"
    return (
        f"<h3>In service</h3>{_table(facts)}<h3>Measured on its test reviews</h3>"
        f"{_metrics_html(found['metrics'], found['labels'])}{confusion_html(found['evaluation'])}"
    )


_METRICS = {
    "accuracy": ("Accuracy", "so many test reviews get their true label"),
    "precision": ("Precision", "of those that are called {last}, so many are"),
    "recall": ("Recall", "of those that are {last}, so many are called so"),
    "f1": ("F1", "precision and recall in one figure"),
    "roc_auc": ("ROC AUC", "how often the right one of two gets more; 50% is chance"),
    "ece": ("Calibration error", "how far “90% sure” is from being right in 90 of 100"),
    "brier": ("Brier score", "how far the probabilities are from the truth; 0 is best"),
    "log_loss": ("Log loss", "the same, harder on those who are sure and wrong; 0 is best"),
}
_NO_SHARES = ("brier", "log_loss")


def _metrics_html(metrics: Mapping[str, Any], labels: Sequence[str]) -> str:
    last = f"“{labels[-1]}”" if len(labels) == 2 else "a label (the mean of all)"
    known = [name for name in _METRICS if name in metrics]
    others = [name for name in metrics if name not in _METRICS and _number(metrics[name])]
    rows = []
    for name in [*known, *others]:
        said, meaning = _METRICS.get(name, (name, ""))
        share = name in known and name not in _NO_SHARES
        figure = f"{metrics[name]:.1%}" if share else f"{metrics[name]:.4f}"
        rows.append(
            f"<tr><th scope='row'>{escape(said)}</th><td>{figure}</td>"
            f"<td>{escape(meaning.format(last=last))}</td></tr>"
        )
    return f"<table class='vx-facts'>{''.join(rows)}</table>"


def _moment(written: str) -> str:
    """Write a moment to the minute; times of the API are in UTC."""
    return f"{written[:16].replace('T', ' ')} UTC" if len(written) > 16 else written


def confusion_html(evaluation: Mapping[str, Any] | None) -> str:
    """Show how many reviews of each true class were called what."""
    if evaluation is None:
        return ""
    names = [escape(name) for name in evaluation["class_names"]]
    head = "".join(f"<th scope='col'>called {name}</th>" for name in names)
    rows = "".join(
        f"<tr><th scope='row'>truly {name}</th>{''.join(f'<td>{n:,}</td>' for n in row)}</tr>"
        for name, row in zip(names, evaluation["confusion"], strict=True)
    )
    return (
        f"<div class='vx-wide' tabindex='0' role='region' aria-label='What is taken for what'>"
        f"<table class='vx-facts'><caption>{evaluation['rows']:,} test reviews</caption>"
        f"<tr><td></td>{head}</tr>{rows}</table></div>"
    )


def history_html(found: Mapping[str, Any]) -> str:
    """Show what the alias pointed at, newest first."""
    if not found["moves"]:
        return ""
    rows = "".join(
        f"<tr><td>{escape(_moment(move['at']))}</td>"
        f"<td>{escape(move['version'] or 'nothing')}</td>"
        f"<td>{escape(move['previous'] or 'nothing')}</td></tr>"
        for move in found["moves"]
    )
    return (
        f"<h3>What {escape(found['reference'])} pointed at</h3><table class='vx-facts'>"
        "<tr><th scope='col'>From</th><th scope='col'>Version</th>"
        f"<th scope='col'>Before</th></tr>{rows}</table>"
    )


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _table(rows: Mapping[str, str]) -> str:
    cells = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
        for name, value in rows.items()
    )
    return f"<table class='vx-facts'>{cells}</table>"
