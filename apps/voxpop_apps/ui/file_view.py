"""What a job looks like: where it is, what is known so far, its report and what can be kept."""

from __future__ import annotations

from voxpop_apps.ui.file_job import FileJob, State
from voxpop_apps.ui.markup import message, percent


def status_html(job: FileJob) -> str:
    """Say where a job is; it changes rarely, since a screen reader reads each change aloud."""
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
    if job.state is State.DROPPED:
        return ""
    told = message(f"{job.name}: {job.state.value}.", "status")
    if job.trouble:
        told += message(f"{job.trouble} What is scored stays; it goes on by itself.")
    return told


def progress_html(job: FileJob) -> str:
    """Show how far a job is; this changes all the time and is not read aloud."""
    if not job.state.is_under_way:
        return ""
    if not job.total:
        return f"<p>{job.step}</p>" if job.step else ""
    bar = (
        f"<progress max='{job.total}' value='{job.done}' aria-label='Reviews scored'></progress>"
        f"<p>{job.done:,} of {job.total:,} reviews scored{_left(job)}"
    )
    if job.done:
        bar += f"; so far {percent(job.unfavourable / job.done)} of them are called unfavourable"
    step = f" Now {job.step}." if job.step else ""
    return f"{bar}.{step}</p><p class='vx-kept'>{_copy_link(job)}</p>"


def _copy_link(job: FileJob) -> str:
    return (
        f"<button type='button' class='vx-copy' data-job='{job.number}'>Copy link</button>"
        "<span class='vx-copied' role='status'></span>"
    )


def _left(job: FileJob) -> str:
    left_s = job.pace.left_s(job.total - job.done)
    if job.state is not State.SCORING or job.trouble or left_s is None:
        return ""
    return f", about {left_s:.0f} s left" if left_s < 90 else f", about {left_s / 60:.0f} min left"


def result_html(job: FileJob) -> str:
    """Show the report, and what can be kept of it; also while it is analysed once more."""
    if job.page is None:
        return ""
    base = f"/files/{job.number}"
    kept = "".join(
        f"<a href='{base}/{file}' download>{said}</a>"
        for file, said in (
            ("report.html", "Report"),
            ("insights.xlsx", "Workbook"),
            ("scored.csv", "Scored file (CSV)"),
        )
    )
    shown = job.runs - job.state.is_under_way  # once analysed anew it is loaded anew
    return (
        f"<p class='vx-kept'><span>Keep:</span> {kept} "
        f"<a href='{base}/' target='_blank' rel='noopener'>Open the report alone</a>"
        f"{'' if job.state.is_under_way else _copy_link(job)}</p>"
        f"<iframe class='vx-report' src='{base}/?run={shown}' title='What the reviews say'>"
        "</iframe>"
    )
