"""The section about words: those of complaints, and those of praise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from voxpop.insights.page.markup import Html, figure, name, section, table, words_of

if TYPE_CHECKING:
    from voxpop.insights.file_insights import FileInsights
    from voxpop.insights.page.openings import Openings
    from voxpop.insights.words import TellingPhrase

_MOST_PRAISE = 6


def words_section(found: FileInsights, openings: Openings) -> Iterator[str]:
    """What complaints say more often than other reviews, and what those say more often."""
    openings.section = "Words"
    yield from section(
        "What complaints say, and what praise says", "words", _words(found, openings)
    )


def _words(found: FileInsights, openings: Openings) -> Iterator[str]:
    insights = found.insights
    if insights.phrases:
        yield from _said(
            "Words and phrases that complaints hold more often; each review counts once",
            ("Complaints", "Other reviews"),
            insights.phrases,
            openings,
        )
    else:
        yield "<p>No word is certain to be more frequent in complaints than elsewhere.</p>"
    if insights.praise:
        yield from _said(
            "What customers praise: the same of all other reviews",
            ("Other reviews", "Complaints"),
            insights.praise[:_MOST_PRAISE],
            openings,
        )
    else:
        yield "<p>No word is certain to be more frequent in other reviews than in complaints.</p>"


def _said(
    caption: str, groups: tuple[str, str], phrases: Sequence[TellingPhrase], openings: Openings
) -> Iterator[str]:
    rows: list[list[str | Html]] = []
    for phrase in phrases:
        said = f"that say “{name(phrase.phrase)}”"
        rows.append(
            [
                words_of(phrase),
                *(
                    figure(openings, count, f"{group} {said}", f"All {group.lower()}")
                    for group, count in zip(groups, (phrase.count, phrase.compared[0]), strict=True)
                ),
            ]
        )
    heads = [f"Of {group.lower()}" for group in groups]
    yield from table(caption, ["Words", *heads], rows)
