"""The page as a whole."""

from __future__ import annotations

from importlib import resources
from typing import Any

import gradio as gr

from voxpop_apps.ui.api_client import ApiClient
from voxpop_apps.ui.file_tab import build_file_tab
from voxpop_apps.ui.jobs import Jobs
from voxpop_apps.ui.model_tab import build_model_tab
from voxpop_apps.ui.review_tab import build_review_tab
from voxpop_apps.ui.settings import UiSettings

_BLUE, _DEEPER = "#005a9c", "#004678"  # white on them has a contrast of 7:1 and more
THEME = gr.themes.Default(
    primary_hue="blue",
    font=["system-ui", "sans-serif"],
    font_mono=["ui-monospace", "monospace"],
).set(
    button_primary_background_fill=_BLUE,
    button_primary_background_fill_dark=_BLUE,
    button_primary_background_fill_hover=_DEEPER,
    button_primary_background_fill_hover_dark=_DEEPER,
    button_primary_text_color="white",
    button_primary_text_color_dark="white",
)


def style() -> str:
    """Give the page's style sheet."""
    return resources.files("voxpop_apps.ui").joinpath("page.css").read_text("utf-8")


def script() -> str:
    """Give the page's own script, as an element of its head."""
    code = resources.files("voxpop_apps.ui").joinpath("page.js").read_text("utf-8")
    return f"<script>{code}</script>"


def build_page(client: ApiClient, jobs: Jobs, settings: UiSettings) -> gr.Blocks:
    """Put the page together."""
    page: gr.Blocks
    with gr.Blocks(title="Voxpop", analytics_enabled=False) as page:
        gr.HTML(
            "<h1>Voxpop</h1><p>What customers say, and how sure that is.</p>",
            elem_classes="vx-head",
        )
        with gr.Tabs() as tabs:
            with gr.Tab("One review", id="review") as review:
                build_review_tab(client, page)
            with gr.Tab("A file", id="file") as file:
                build_file_tab(jobs, page, settings.max_file_mb)
            with gr.Tab("The model", id="model") as model:
                build_model_tab(client, model)
        for name, tab in {"review": review, "file": file, "model": model}.items():
            tab.select(None, None, None, js=f"() => vx.tab('{name}')")
        page.load(_first_tab, None, tabs, show_progress="hidden")
    page.queue(default_concurrency_limit=settings.max_users, api_open=False)
    return page


def _first_tab(request: gr.Request) -> Any:
    """Show the tab that the address names; a file's link shows the file."""
    asked = request.query_params.get("tab")
    if asked not in ("review", "file", "model"):
        asked = "file" if request.query_params.get("job") else "review"
    if asked == "review":
        return gr.skip()  # it is shown already, or left meanwhile for another one
    return gr.Tabs(selected=asked)
