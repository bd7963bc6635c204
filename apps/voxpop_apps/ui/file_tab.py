"""*A file*: which column is what, how far it is, and what all reviews say together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from voxpop import (
    DateOrder,
    ReadingOptions,
    Role,
    UsageError,
    VoxpopError,
    choose_columns,
    open_table,
)
from voxpop_apps.ui.file_job import FileJob, State
from voxpop_apps.ui.jobs import Jobs
from voxpop_apps.ui.labelling import WANTED, labelling_html, next_place
from voxpop_apps.ui.markup import message, percent

ROLES: Mapping[Role, str] = {
    "content": "Text of the review",
    "title": "Title",
    "product": "Product",
    "date": "Date",
    "rating": "Stars",
    "author": "Author",
}
_NONE = "(none)"
_ORDERS: Mapping[str, DateOrder | None] = {
    "Guess": None,
    "Day first": "dmy",
    "Month first": "mdy",
    "Year first": "ymd",
}
_LOOK_S = 0.3  # how often the page asks its job

# The address holds the job, so that a reload and a link come back to it.
_REMEMBER = """(number) => {
  const address = new URL(location.href);
  number ? address.searchParams.set('job', number) : address.searchParams.delete('job');
  history.replaceState(null, '', address);
}"""


def build_file_tab(jobs: Jobs, page: gr.Blocks, users: int) -> None:
    """Put the tab together; `users` may look at their jobs at the same time."""
    gr.HTML(
        "<p>CSV, JSON Lines, Parquet or Excel with a header. The more of product and date it has, "
        "the more can be said.</p>"
    )
    dropped = gr.File(
        label="A file of reviews",
        file_types=[".csv", ".tsv", ".txt", ".jsonl", ".json", ".parquet", ".xlsx", ".gz"],
        elem_id="file-dropped",
        height=120,
    )
    samples = gr.HTML(elem_id="file-columns")
    with gr.Group(visible=False, elem_id="file-choices") as choices:
        with gr.Row():
            chosen = [gr.Dropdown([], label=said, min_width=180) for said in ROLES.values()]
        order = gr.Dropdown(list(_ORDERS), value="Guess", label="In dates such as 03/04/2025")
    with gr.Row():
        begin = gr.Button("Analyse", variant="primary", visible=False, elem_id="file-begin")
        cancel = gr.Button("Cancel", visible=False, elem_id="file-cancel")
        resume = gr.Button("Go on", visible=False, elem_id="file-resume")
    number = gr.Textbox(visible=False, elem_id="file-job")
    progress = gr.HTML(elem_id="file-progress")
    result = gr.HTML(elem_id="file-result")
    with gr.Accordion(
        f"Sharpen the shares: label {WANTED} of your own",
        open=False,
        visible=False,
        elem_id="file-labelling",
    ) as labelling:
        review = gr.HTML()
        answer = gr.Radio([], label="Its label", elem_id="file-label")
        keep = gr.Button("Keep and show the next", elem_id="file-keep")
        asked = gr.State(None)  # the place of the review that this person sees
    shown = [progress, result, cancel, resume, labelling, review, answer, asked]

    def look(file: str | None) -> tuple[Any, ...]:
        hidden = (gr.Group(visible=False), *(gr.skip() for _ in ROLES), gr.Button(visible=False))
        if file is None:
            return "", *hidden
        try:
            table = open_table(Path(file), ReadingOptions())
            columns = choose_columns(table, ReadingOptions())
        except VoxpopError as error:
            told = str(error).replace(file, Path(file).name)
            return message(told), *hidden
        names = [_NONE, *table.columns]
        drops = [gr.Dropdown(names, value=columns[role].name or _NONE) for role in ROLES]
        return (
            columns_html(columns, table.layout.reasons),
            gr.Group(visible=True),
            *drops,
            gr.Button(visible=True),
        )

    def start(file: str | None, order: str, *names: str) -> tuple[str, str]:
        if file is None:
            return "", message("Drop a file first.", "status")
        roles: dict[str, Any] = {
            role: None if name == _NONE else name for role, name in zip(ROLES, names, strict=True)
        }
        if roles["content"] is None:
            return "", message("Say which column holds the text of the reviews.")
        try:
            options = ReadingOptions(**roles, date_order=_ORDERS[order])
            found = choose_columns(open_table(Path(file), options), options)
            if found["date"].question is not None:
                return "", message(
                    "The dates can be read in more than one way: choose which number comes first."
                )
            return jobs.start(Path(file), options).number, ""
        except UsageError as error:
            return "", message(str(error).replace(file, Path(file).name))
        except (OSError, VoxpopError) as error:
            return "", message(f"The file cannot be taken: {error}".replace(file, Path(file).name))

    async def follow(number: str) -> AsyncIterator[tuple[Any, ...]]:
        """Show a job until it is over; ends when the person leaves."""
        if not number:
            return
        last: tuple[str, str] | None = None
        while True:
            job = jobs.find(number)
            if job is None:
                told = message("This file is not here any more: drop it again.", "status")
                hidden = gr.Button(visible=False)
                yield told, "", hidden, hidden, gr.Accordion(visible=False), "", gr.skip(), None
                return
            state = job.state
            now = (progress_html(job), result_html(job))
            if now != last:
                last = now
                yield (
                    now[0],
                    now[1] if state is State.DONE else "",
                    gr.Button(visible=not state.is_over),
                    gr.Button(visible=state in (State.FAILED, State.CANCELLED)),
                    gr.Accordion(visible=state is State.DONE),
                    labelling_html(job),
                    gr.Radio(job.found.table.labels if job.found else [], value=None),
                    next_place(job) if job.found else None,
                )
            if state.is_over:
                return
            await asyncio.sleep(_LOOK_S)

    def stop(number: str) -> str:
        job = jobs.find(number)
        if job is not None:
            job.cancel()
        return "" if job is None else progress_html(job)

    def label(number: str, place: int | None, given: str | None) -> tuple[Any, ...]:
        job = jobs.find(number)
        if job is None or job.found is None:
            return message("There is nothing to label.", "status"), gr.skip(), None
        if place is None:  # all are given: analyse once more
            jobs.go_on(number)
            return labelling_html(job), gr.skip(), None
        if given is None:
            told = message("Choose a label first.", "status")
            return told + labelling_html(job), gr.skip(), place
        jobs.label(number, place, given)
        return labelling_html(job), gr.Radio(value=None), next_place(job)

    def recall(request: gr.Request) -> str:
        return str(request.query_params.get("job", ""))

    following: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": users}
    dropped.change(look, dropped, [samples, choices, *chosen, begin], show_progress="hidden")
    begin.click(start, [dropped, order, *chosen], [number, progress], show_progress="hidden").then(
        None, number, None, js=_REMEMBER
    ).then(follow, number, shown, **following)
    resume.click(lambda number: jobs.go_on(number) and None, number, None).then(
        follow, number, shown, **following
    )
    keep.click(
        label, [number, asked, answer], [review, answer, asked], show_progress="hidden"
    ).then(follow, number, shown, **following)
    cancel.click(stop, number, progress, show_progress="hidden")
    page.load(recall, None, number, show_progress="hidden").then(follow, number, shown, **following)


def columns_html(columns: Mapping[Any, Any], reasons: tuple[str, ...]) -> str:
    """Show which column plays which role, why, and what is in it."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(said)}</th>"
        f"<td>{escape(columns[role].name or _NONE)}</td>"
        f"<td>{escape(columns[role].question or columns[role].reason)}</td>"
        f"<td dir='auto'>{escape(' | '.join(s[:60] for s in columns[role].samples))}</td></tr>"
        for role, said in ROLES.items()
    )
    return (
        f"<p class='vx-small'>{escape('; '.join(reasons))}</p>"
        "<div class='vx-wide' tabindex='0' role='region' aria-label='Columns'>"
        "<table class='vx-facts'><tr><th scope='col'>What</th><th scope='col'>Column</th>"
        f"<th scope='col'>Why</th><th scope='col'>For example</th></tr>{rows}</table></div>"
    )


def progress_html(job: FileJob) -> str:
    """Say where a job is, and what is known so far."""
    name = escape(job.name)
    if job.state is State.FAILED:
        return message(f"{job.name}: {job.failure}")
    if job.state is State.CANCELLED:
        kept = f" {job.done:,} of {job.total:,} reviews stay scored." if job.done else ""
        return message(f"{job.name}: cancelled.{kept}", "status")
    if job.state is State.DONE:
        told = message(f"{job.name}: {job.total:,} reviews analysed.", "status")
        if job.failure:
            told += message(f"It could not be analysed once more: {job.failure}")
        return told
    parts = [f"<p role='status'>{name}: {job.state.value}"]
    if job.state is State.SCORING and job.total:
        parts.append(f", {job.done:,} of {job.total:,} reviews{_left(job)}")
    parts.append("</p>")
    if job.total:
        parts.append(f"<progress max='{job.total}' value='{job.done}'></progress>")
    if job.done and job.state is State.SCORING:
        share = job.unfavourable / job.done
        parts.append(f"<p>So far {percent(share)} of them are called unfavourable.</p>")
    if job.trouble:
        parts.append(message(f"{job.trouble} What is scored stays; it goes on by itself."))
    return "".join(parts)


def _left(job: FileJob) -> str:
    spent_s = time.monotonic() - job.began
    if job.done < 1_000 or spent_s < 2 or job.trouble:
        return ""
    left_s = spent_s / job.done * (job.total - job.done)
    return f", about {left_s:.0f} s left" if left_s < 90 else f", about {left_s / 60:.0f} min left"


def result_html(job: FileJob) -> str:
    """Show the report, and what can be kept of it."""
    if job.state is not State.DONE:
        return ""
    base = f"/files/{job.number}"
    return (
        f"<p><a href='{base}/report.html' download>Keep the report</a> · "
        f"<a href='{base}/insights.xlsx' download>Keep the workbook with all scored reviews</a> · "
        f"<a href='{base}/' target='_blank' rel='noopener'>Open it alone</a></p>"
        f"<iframe class='vx-report' src='{base}/' title='What the reviews say'></iframe>"
    )
