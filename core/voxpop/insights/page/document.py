"""The page as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from voxpop.insights.page.advice import Advice
from voxpop.insights.page.changes_section import changes_section
from voxpop.insights.page.first_screen import first_screen, headline
from voxpop.insights.page.openings import Figure, Openings
from voxpop.insights.page.over_time_sections import (
    bursts_section,
    mix_section,
    months_section,
)
from voxpop.insights.page.products_section import products_section
from voxpop.insights.page.subject_sections import (
    aspects_section,
    copies_section,
    stars_section,
)
from voxpop.insights.page.trust_section import reading_section, trust_section
from voxpop.insights.page.words_section import words_section

if TYPE_CHECKING:
    from voxpop.insights.file_insights import FileInsights
    from voxpop.insights.record import Selection

_SECTIONS = (
    changes_section,
    products_section,
    months_section,
    words_section,
    aspects_section,
    bursts_section,
    copies_section,
    mix_section,
    stars_section,
    trust_section,
)


@dataclass(frozen=True, kw_only=True)
class Page:
    """The page, every figure that it states, and by number what its sheets of reviews hold."""

    html: str
    figures: tuple[Figure, ...]
    selections: Mapping[int, tuple[str, Selection]]


def make_page(
    found: FileInsights, *, more_at: str | None = None, advice: Advice | None = None
) -> Page:
    """Write the page. The same insights give the same bytes, and it asks for nothing outside.

    Args:
        found: the insights.
        more_at: where all reviews of a sheet are, `{number}` in it, for a page that a server shows:
            a sheet itself lists a few of them.
        advice: how what the page advises is done; None says it for the command line.
    """
    openings = Openings(found, more_at, advice)
    body = [
        *first_screen(found, openings),
        "<main>",
        *(line for written in _SECTIONS for line in written(found, openings)),
        *reading_section(found),
        "</main>",
        "<footer>This page holds texts of reviews: share it as you would share them. What each "
        "figure means, and when not to trust it: docs/insights.md of Voxpop.</footer>",
        '<aside aria-label="The reviews behind the figures">',
        *openings.sheets(),
        "</aside>",
    ]
    style = resources.files("voxpop.insights.page").joinpath("page.css").read_text("utf-8")
    html = "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" '
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{escape(headline(found))}</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>",
            "",
        ]
    )
    return Page(html=html, figures=tuple(openings.figures), selections=openings.selections)
