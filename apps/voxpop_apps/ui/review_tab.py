"""*One review*: its label, how sure that is, and the words that drove it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import gradio as gr

from voxpop_apps.ui.api_client import ApiClient, ApiTroubleError
from voxpop_apps.ui.markup import message, percent

_EXAMPLES = [
    ["A waste of money", "Badly made, and the zip broke in a week. I want my money back."],
    ["", "Warm, light, and it fits perfectly. I wear it every day."],
    ["Mixed", "The sound is great, but the battery is dead after two hours."],
]
_SHOWN_WEIGHT = 0.01  # of the label's probability; below, a word changes nothing that matters


def build_review_tab(client: ApiClient, page: gr.Blocks) -> None:
    """Put the tab together; `page` is the page that it stands on."""
    with gr.Row():
        with gr.Column():
            title = gr.Textbox(label="Title (may be empty)", max_lines=1, elem_id="review-title")
            content = gr.Textbox(label="Review", lines=6, elem_id="review-content")
            ask = gr.Button("Analyse", variant="primary", elem_id="review-ask")
            gr.Examples(_EXAMPLES, [title, content], label="Examples")
        with gr.Column():
            answer = gr.HTML(elem_id="review-answer")
            words = gr.HTML(elem_id="review-words")
            shown = gr.State(None)
            with gr.Row(visible=False, elem_id="review-feedback") as verdict:
                right = gr.Button("This is right", elem_id="review-right")
                wrong = gr.Button("This is wrong", elem_id="review-wrong")
            which = gr.Radio([], label="What is it?", visible=False, elem_id="review-which")
            thanks = gr.HTML(elem_id="review-thanks")

    def judge(title: str, content: str) -> tuple[Any, ...]:
        none = "", None, gr.Row(visible=False), gr.Radio(visible=False), ""
        if not content.strip():
            return message("Write or paste a review first.", "status"), *none
        try:
            found = client.predict(title, content)
        except ApiTroubleError as error:
            return message(str(error)), *none
        row, other = gr.Row(visible=True), gr.Radio(visible=False, value=None)
        return answer_html(found), "", found, row, other, ""

    def explain(title: str, content: str, found: dict[str, Any] | None) -> str:
        if found is None:
            return ""
        try:
            return words_html(client.explain(title, content))
        except ApiTroubleError as error:
            return message(f"Which words drove it cannot be said: {error}")

    def give(found: dict[str, Any] | None, label: str | None) -> str:
        if found is None or label is None:
            return ""
        try:
            client.give_feedback(found["request_id"], label)
        except ApiTroubleError as error:
            return message(str(error))
        return message(f"Thank you. Kept as “{label}”.", "status")

    def deny(found: dict[str, Any] | None) -> tuple[gr.Radio, str]:
        """Keep the other label; where there are several, ask which."""
        others = [] if found is None else [k for k in found["probabilities"] if k != found["label"]]
        if len(others) > 1:
            return gr.Radio(others, value=None, visible=True), ""
        return gr.Radio(visible=False), give(found, others[0] if others else None)

    quiet: dict[str, Any] = {"show_progress": "hidden"}
    asked = gr.on(
        [ask.click, title.submit],
        None,
        [title, content],
        [title, content],
        js="(...of) => vx.ask(...of)",
    )
    # Whoever must wait for others sees the place in the queue.
    asked.then(
        judge,
        [title, content],
        [answer, words, shown, verdict, which, thanks],
        show_progress="minimal",
        show_progress_on=answer,
    ).then(explain, [title, content, shown], words, **quiet)
    right.click(
        lambda found: (gr.Radio(visible=False), give(found, found and found["label"])),
        shown,
        [which, thanks],
        **quiet,
    )
    wrong.click(deny, shown, [which, thanks], **quiet)
    which.input(give, [shown, which], thanks, **quiet)
    page.load(None, [title, content], [title, content], js="(...of) => vx.recall(...of)").then(
        None, None, None, js="() => vx.askAgain()"
    )


def answer_html(found: Mapping[str, Any]) -> str:
    """Show a label, how sure it is, and every label's probability as a bar."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(label)}</th>"
        "<td><div class='vx-bar' aria-hidden='true'>"
        f"<div style='width:{share:.1%}'></div></div></td>"
        f"<td>{percent(share)}</td></tr>"
        for label, share in sorted(found["probabilities"].items(), key=lambda one: -one[1])
    )
    return (
        f"<div role='status' class='vx-answer' data-request='{escape(found['request_id'])}'>"
        f"<p class='vx-label'>{escape(found['label'])}</p>"
        f"<p>{percent(found['confidence'])} sure</p><table class='vx-bars'>{rows}</table>"
        f"<p class='vx-small'>Answered by {escape(found['version'])}</p></div>"
    )


def words_html(found: Mapping[str, Any]) -> str:
    """Show the review with the words that drove its label; signs carry the meaning, not colours."""
    text, at, parts = found["text"], 0, []
    largest = max((abs(word["weight"]) for word in found["words"]), default=0.0)
    for word in found["words"]:
        parts.append(escape(text[at : word["start"]]))
        at = word["end"]
        inside = escape(text[word["start"] : word["end"]])
        weight = word["weight"]
        if abs(weight) < _SHOWN_WEIGHT:
            parts.append(inside)
            continue
        side, sign, said = ("for", "+", "for") if weight > 0 else ("against", "-", "against")
        strength = max(1, round(4 * abs(weight) / largest))
        parts.append(
            f"<mark class='vx-{side} vx-s{strength}' title='{weight:+.3f}'>{inside}"
            f"<sub aria-hidden='true'>{sign}</sub>"
            f"<span class='vx-hidden'> ({said} the label)</span></mark>"
        )
    parts.append(escape(text[at:]))
    rest = "" if found["is_whole"] else "<p class='vx-small'>Only the beginning was weighed.</p>"
    return (
        "<div class='vx-words'><p class='vx-small'>Words that spoke <mark class='vx-for vx-s3'>for"
        "<sub>+</sub></mark> or <mark class='vx-against vx-s3'>against<sub>-</sub></mark> "
        f"“{escape(found['label'])}”; the bolder, the more:</p>"
        f"<p class='vx-text' dir='auto'>{''.join(parts)}</p>{rest}</div>"
    )
