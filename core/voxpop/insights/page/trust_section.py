"""How sure all of it is, and how the files were read."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from voxpop.evaluation.wording import percent
from voxpop.insights.page.markup import Html, figure, interval, name, note, section, table

if TYPE_CHECKING:
    from voxpop.insights.file_insights import FileInsights
    from voxpop.insights.page.openings import Openings

_MOST_FILES = 5


def trust_section(found: FileInsights, openings: Openings) -> Iterator[str]:
    """The share, raw and corrected, and what it rests on."""
    openings.section = "How sure"
    yield from section("How sure is this?", "trust", _trust(found, openings))


def _trust(found: FileInsights, openings: Openings) -> Iterator[str]:
    corrected = found.insights.corrected
    counted = figure(
        openings, found.insights.share, "All reviews called unfavourable", "All reviews"
    )
    yield f"<p>As counted: {counted}. That takes the classifier's mistakes for opinions.</p>"
    if corrected.share is None:
        refused = corrected.refused or ""
        yield f"<p>{escape(refused[:1].upper() + refused[1:])}.</p>"
    elif corrected.method == "check set" and found.check is not None:
        check = found.check
        yield (
            f"<p>Corrected: <b>{percent(corrected.share)}</b>, 95% interval "
            f"{interval(corrected.interval)}. On {escape(check.name)} the classifier calls "
            f"{percent(check.tpr)} of the truly unfavourable reviews so, and {percent(check.fpr)} "
            "of the others.</p>"
        )
        yield note(
            f"This holds as far as your reviews read like those. Surer: {openings.advice.labels}."
        )
    else:
        yield (
            f"<p>Corrected: <b>{percent(corrected.share)}</b>, 95% interval "
            f"{interval(corrected.interval)}, by {corrected.labels:,} labels that a person gave "
            "to reviews of this file.</p>"
        )
    yield note(
        "Intervals take reviews for independent of each other; copies and several reviews by one "
        "author make them too narrow. Changes and words are held to 5% false findings."
    )


def reading_section(found: FileInsights) -> Iterator[str]:
    """Which columns were used, and which rows were left out."""
    yield from section("How the files were read", "reading", _reading(found))


def _reading(found: FileInsights) -> Iterator[str]:
    source = found.source
    left_out = sum(source.left_out.values())
    told = f"{source.read:,} rows read, {len(source):,} of them with a text"
    reasons = "; ".join(f"{count:,} {why}" for why, count in source.left_out.items())
    told += f"; {left_out:,} left out: {reasons}." if left_out else "."
    yield f"<p>{escape(told)}</p>"
    if source.unreadable:
        cells = "; ".join(f"{count:,} {why}" for why, count in source.unreadable.items())
        yield note(
            f"Cells that could not be read or cannot be right and count as not known: {cells}."
        )
    for file, columns in list(zip(source.names, source.columns, strict=True))[:_MOST_FILES]:
        rows: list[list[str | Html]] = [
            [one.role, name(one.name) if one.name else "none", one.reason] for one in columns
        ]
        yield from table(
            name(file.rsplit("/", 1)[-1]), ["Role", "Column", "Why"], rows, kind="plain"
        )
    if len(source.names) > _MOST_FILES:
        yield note(f"{len(source.names) - _MOST_FILES} more files were read alike.")
    labels = ", ".join(found.insights.unfavourable_labels)
    yield note(
        f"Classifier: {found.version}. Unfavourable is what it calls {labels}. Rows count from 1, "
        "the first one after the header."
    )
