"""*The model*: the version in service and what was measured of it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import gradio as gr

from voxpop_apps.ui.api_client import ApiClient, ApiTroubleError
from voxpop_apps.ui.markup import message


def build_model_tab(client: ApiClient, tab: gr.Tab, page: gr.Blocks) -> None:
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
    for event in (tab.select, page.load, again.click):
        event(ask, None, shown, show_progress="hidden")


def model_html(found: Mapping[str, Any]) -> str:
    """Show the version, its metrics, and what it takes for what."""
    parts = {kind: one.get("name", "") for kind, one in found["parts"].items()}
    facts = {
        "Version": found["version"],
        "Asked for": found["reference"],
        "In service since": found["loaded_at"],
        "Made": found["manifest"].get("created_at", ""),
        "Labels": ", ".join(found["labels"]),
        "Parts": ", ".join(f"{kind}: {name}" for kind, name in parts.items()),
    }
    if found["source"] == "cache":
        facts["Note"] = "the registry does not answer; this was served last"
    metrics = {name: f"{value:.4f}" for name, value in found["metrics"].items() if _number(value)}
    return (
        f"<h3>In service</h3>{_table(facts)}<h3>Measured on its test reviews</h3>{_table(metrics)}"
        f"{confusion_html(found['evaluation'])}"
    )


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
        f"<table class='vx-facts'><caption>{evaluation['rows']:,} test reviews</caption>"
        f"<tr><td></td>{head}</tr>{rows}</table>"
    )


def history_html(found: Mapping[str, Any]) -> str:
    """Show what the alias pointed at, newest first."""
    if not found["moves"]:
        return ""
    rows = "".join(
        f"<tr><td>{escape(move['at'][:19].replace('T', ' '))}</td>"
        f"<td>{escape(move['version'] or 'nothing')}</td>"
        f"<td>{escape(move['previous'] or 'nothing')}</td></tr>"
        for move in found["moves"]
    )
    return (
        f"<h3>What {escape(found['reference'])} pointed at</h3><table class='vx-facts'>"
        "<tr><th scope='col'>From (UTC)</th><th scope='col'>Version</th>"
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
