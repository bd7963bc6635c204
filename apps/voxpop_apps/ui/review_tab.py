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

# What is typed lives behind the # of the address: a reload and a link bring it back, and no server
# ever sees it.
_REMEMBER = """(title, content) => {
  history.replaceState(null, '', '#' + new URLSearchParams({title, content}));
  return [title, content];
}"""
_RECALL = """(title, content) => {
  const kept = new URLSearchParams(location.hash.slice(1));
  if (title || content) return [title, content];  // typed while the page was loading
  return [kept.get('title') ?? '', kept.get('content') ?? ''];
}"""


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
            thanks = gr.HTML(elem_id="review-thanks")

    def judge(title: str, content: str) -> tuple[Any, ...]:
        if not content.strip():
            told = message("Write or paste a review first.", "status")
            return told, "", None, gr.Row(visible=False), ""
        try:
            found = client.predict(title, content)
        except ApiTroubleError as error:
            return message(str(error)), "", None, gr.Row(visible=False), ""
        return answer_html(found), "", found, gr.Row(visible=True), ""

    def explain(title: str, content: str, found: dict[str, Any] | None) -> str:
        if found is None:
            return ""
        try:
            return words_html(client.explain(title, content))
        except ApiTroubleError as error:
            return message(f"Which words drove it cannot be said: {error}")

    def give(found: dict[str, Any] | None, is_right: bool) -> str:
        if found is None:
            return ""
        label = found["label"] if is_right else other_label(found)
        try:
            client.give_feedback(found["request_id"], label)
        except ApiTroubleError as error:
            return message(str(error))
        return message(f"Thank you. Kept as “{label}”.", "status")

    asked = gr.on([ask.click, title.submit], None, [title, content], [title, content], js=_REMEMBER)
    asked.then(
        judge, [title, content], [answer, words, shown, verdict, thanks], show_progress="hidden"
    ).then(explain, [title, content, shown], words, show_progress="hidden")
    right.click(lambda found: give(found, True), shown, thanks, show_progress="hidden")
    wrong.click(lambda found: give(found, False), shown, thanks, show_progress="hidden")
    page.load(None, [title, content], [title, content], js=_RECALL)


def other_label(found: Mapping[str, Any]) -> str:
    """Give the likeliest label besides the one shown."""
    label: str = found["label"]
    others = {k: v for k, v in found["probabilities"].items() if k != label}
    return max(others, key=lambda other: others[other], default=label)


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
