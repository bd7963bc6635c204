"""Labels that a person gives to reviews of a file, drawn at random: they sharpen its shares."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from voxpop_apps.ui.file_job import FileJob

WANTED = 100
"""Labels after which the shares are corrected by them, and no more by the version's test split."""


def drawn(job: FileJob) -> Sequence[int]:
    """Give the places of the reviews to label, the same ones for the same file."""
    order = np.random.default_rng(0).permutation(job.total)
    places: list[int] = order[:WANTED].tolist()
    return places


def next_place(job: FileJob) -> int | None:
    """Give the first of them without a label; None when all have one."""
    return next((place for place in drawn(job) if place not in job.truth), None)


def labelling_html(job: FileJob) -> str:
    """Show the review that is to be labelled, and how many are left."""
    if job.found is None or job.total < WANTED:
        return f"<p>A file needs {WANTED} reviews for that.</p>"
    place = next_place(job)
    done = len(job.truth)
    if place is None:
        return f"<p role='status'>All {WANTED} labels are given, and the shares rest on them.</p>"
    return (
        f"<p role='status'>{done} of {WANTED} given. What is this review?</p>"
        f"<blockquote dir='auto'>{escape(job.found.table.texts[place][:2_000])}</blockquote>"
    )
