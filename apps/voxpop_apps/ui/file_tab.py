"""*A file*: which column is what, how far it is, and what all reviews say together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from voxpop import UsageError
from voxpop_apps.ui.choices import look_at
from voxpop_apps.ui.choices_html import choices_html
from voxpop_apps.ui.file_job import FileJob, State
from voxpop_apps.ui.file_view import progress_html, result_html, status_html
from voxpop_apps.ui.jobs import Jobs
from voxpop_apps.ui.labelling import WANTED, labelling_html, next_place
from voxpop_apps.ui.markup import message

_LOOK_S = 0.4  # how often the page asks its job
_TYPES = [
    *(".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".parquet", ".gz"),
    *(".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
]
_OPENED = "The file and its columns"
_GONE = "This file is not here any more: drop it again."


def build_file_tab(jobs: Jobs, page: gr.Blocks, max_file_mb: int) -> None:
    """Put the tab together."""
    with gr.Accordion(_OPENED, open=True, elem_id="file-chosen") as chosen:
        gr.HTML(
            f"<p id='file-says' data-most='{max_file_mb * 1_000_000}'>CSV, JSON Lines, Parquet or "
            f"Excel, up to {max_file_mb:,} MB. The more of product and date it has, the more can "
            "be said.</p><p class='vx-message' id='file-refused' role='alert' hidden></p>"
        )
        dropped = gr.File(
            label="A file of reviews", file_types=_TYPES, elem_id="file-dropped", height=90
        )
        choices = gr.HTML(
            elem_id="file-choices",
            js_on_load="element.addEventListener('change', () => trigger('submit'))",
        )
        begin = gr.Button("Analyse", variant="primary", visible=False, elem_id="file-begin")
    with gr.Column(elem_classes="vx-view"):
        refusal = gr.HTML(elem_id="file-refusal")
        status = gr.HTML(elem_id="file-status")
        progress = gr.HTML(elem_id="file-progress")
        with gr.Row():
            cancel = gr.Button("Cancel", visible=False, elem_id="file-cancel")
            resume = gr.Button("Go on", visible=False, elem_id="file-resume")
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
    number = gr.Textbox(visible=False)
    spare = gr.Textbox(visible=False)  # what the browser's own fields hold, on its way
    seen = gr.State(None)  # what this person was shown last
    clock = gr.Timer(_LOOK_S, active=False)

    phase = [clock, chosen, begin, cancel, resume, labelling, review, answer, asked]
    shown = [seen, status, progress, result, *phase]

    def look(number: str, last: tuple[str, ...] | None) -> tuple[Any, ...]:
        """Show what is new of a job; the clock asks for it until the job is over."""
        job = jobs.find(number)
        if job is None:
            now = ("", message(_GONE, "status") if number else "", "", "")
            updates = _phase_of(None, None)
        else:
            state = job.state  # read first: what belongs to it is there before it
            now = (f"{job.number} {job.runs} {state.value * state.is_over}", *_told(job))
            updates = _phase_of(job, state)
        before = last or (None,) * len(now)
        told = [new if new != old else gr.skip() for new, old in zip(now, before, strict=True)][1:]
        if now[0] == before[0]:
            updates = tuple(gr.skip() for _ in updates)
        return (now, *told, *updates)

    def drop(file: str | None) -> tuple[Any, ...]:
        if file is None:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip()
        try:
            job = jobs.drop(Path(file))
        except OSError as error:
            told = message(f"The file cannot be taken: {error.strerror or error}.")
            return gr.skip(), gr.skip(), None, gr.skip(), told
        return job.number, _choices_of(job), None, None, ""

    def choose(number: str, given: str) -> tuple[str, str]:
        job = jobs.find(number)
        if job is None:
            return "", message(_GONE)
        if not job.state.is_under_way:
            job.choices = _read(given)
        return _choices_of(job), ""

    def start(number: str, given: str) -> tuple[Any, ...]:
        """Begin; when something must be said first, say so and touch nothing else."""
        job = jobs.find(number)
        if job is None:
            return gr.skip(), gr.skip(), message(_GONE if number else "Drop a file first.")
        found = look_at(job.file, job.name, _read(given))
        if found.options is None:
            return gr.skip(), gr.skip(), message(f"Not begun: {found.problem}")
        try:
            begun = jobs.begin(number, found.options, found.choices)
        except UsageError as error:
            return gr.skip(), gr.skip(), message(str(error))
        except OSError as error:
            return gr.skip(), gr.skip(), message(f"Not begun: {error.strerror or error}.")
        return (begun.number if begun else number), None, ""

    def stop(number: str) -> None:
        job = jobs.find(number)
        if job is not None:
            job.cancel()

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

    def recall(request: gr.Request) -> tuple[str, str]:
        number = str(request.query_params.get("job", ""))
        job = jobs.find(number)
        return number, "" if job is None else _choices_of(job)

    quiet: dict[str, Any] = {"show_progress": "hidden"}
    looking: dict[str, Any] = {"fn": look, "inputs": [number, seen], "outputs": shown, **quiet}
    clock.tick(**looking, queue=False)
    dropped.upload(
        drop, dropped, [number, choices, dropped, seen, refusal], show_progress="minimal"
    ).then(None, number, None, js="(number) => vx.job(number)").then(**looking).then(
        None, None, None, js="() => vx.dropped()"
    )
    choices.submit(
        choose, [number, spare], [choices, refusal], js="(n, _) => [n, vx.choices()]", **quiet
    )
    begin.click(
        start,
        [number, spare],
        [number, seen, refusal],
        js="(n, _) => [n, vx.choices()]",
        show_progress="minimal",
        show_progress_on=refusal,
    ).then(None, number, None, js="(number) => vx.job(number)").then(**looking)
    resume.click(lambda number: jobs.go_on(number) and None, number, None, **quiet).then(**looking)
    cancel.click(stop, number, None, **quiet).then(**looking)
    keep.click(label, [number, asked, answer], [review, answer, asked], **quiet).then(**looking)
    page.load(recall, None, [number, choices], **quiet).then(**looking)


def _told(job: FileJob) -> tuple[str, str, str]:
    return status_html(job), progress_html(job), result_html(job)


def _choices_of(job: FileJob) -> str:
    return choices_html(look_at(job.file, job.name, job.choices), job.name)


def _phase_of(job: FileJob | None, state: State | None) -> tuple[Any, ...]:
    """What changes with the phase of a job alone: what can be done now."""
    busy = state is not None and state.is_under_way
    over = state is not None and state.is_over
    found = None if job is None else job.found
    return (
        gr.Timer(active=busy),
        gr.Accordion(
            label=_OPENED if job is None else f"{_OPENED}: {job.name}", open=not (busy or over)
        ),
        gr.Button(value="Analyse", visible=job is not None, interactive=not busy),
        gr.Button(value="Cancel", visible=busy),
        gr.Button(value="Go on", visible=state in (State.FAILED, State.CANCELLED)),
        gr.Accordion(visible=state is State.DONE),
        "" if job is None else labelling_html(job),
        gr.Radio([] if found is None else list(found.table.labels), value=None),
        None if job is None or found is None else next_place(job),
    )


def _read(given: str) -> Mapping[str, str]:
    """Read what the browser's fields hold; it may be anything."""
    try:
        held = json.loads(given)
    except (TypeError, ValueError):
        return {}
    if not isinstance(held, dict):
        return {}
    return {str(key): value for key, value in held.items() if isinstance(value, str)}
