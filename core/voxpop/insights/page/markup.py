"""The few shapes that all sections of the page are made of; every text in them is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from voxpop.evaluation.wording import percent, printable

if TYPE_CHECKING:
    from voxpop.insights.page.openings import Openings
    from voxpop.insights.record import Count, Interval
    from voxpop.insights.words import TellingPhrase

NAME = 60  # characters of a product's name in running text
FEWEST_FOR_A_SHARE = 10
"""A share of fewer reviews says nothing: 1 of 7 may be anything from 3 to 51 %."""


class Html(str):
    """Markup, which is not escaped again."""

    __slots__ = ()


def text(cell: str | Html) -> str:
    """Give what may stand in the page."""
    return cell if isinstance(cell, Html) else escape(cell)


def name(of: str) -> str:
    """Give a name that somebody else wrote, short enough for a cell."""
    return printable(of, NAME)


def interval(of: Interval | None) -> str:
    """Write a 95 % interval."""
    return "" if of is None else f"{100 * of[0]:.1f} to {100 * of[1]:.1f}%"


def share(count: Count) -> Html:
    """Write a share with its interval, or that there are too few reviews for one."""
    if count.share is None or count.of < FEWEST_FOR_A_SHARE:
        return Html('<span class="few">too few for a share</span>')
    return Html(f'<b>{percent(count.share)}</b> <span class="ci">{interval(count.interval)}</span>')


def n_of(openings: Openings, count: Count, what: str, out_of: str) -> Html:
    """Write "n of N", each a link to its reviews."""
    n, of = openings.add(count, what, out_of)
    return Html(f'<span class="of">{n} of {of}</span>')


def figure(openings: Openings, count: Count, what: str, out_of: str) -> Html:
    """Write a share, its interval and n of N."""
    return Html(f"{share(count)} {n_of(openings, count, what, out_of)}")


def words_of(phrase: TellingPhrase) -> Html:
    """Write a phrase with the others of the same finding."""
    also = ", ".join(f"“{name(one)}”" for one in phrase.also)
    also = f' <span class="also">also {escape(also)}</span>' if also else ""
    return Html(f"{escape(name(phrase.phrase))}{also}")


def points(difference: float) -> str:
    """Write a difference of two shares in percentage points, the sign always."""
    return f"{100 * difference:+.1f} points"


def verdict(worse: bool) -> Html:
    """Say worse or better by word, shape and colour together."""
    if worse:
        return Html('<span class="worse"><span aria-hidden="true">\u25b2</span> worse</span>')
    return Html('<span class="better"><span aria-hidden="true">\u25bc</span> better</span>')


def section(title: str, identifier: str, lines: Iterator[str]) -> Iterator[str]:
    """Put a section around lines."""
    yield f'<section id="{identifier}" aria-labelledby="{identifier}-title">'
    yield f'<h2 id="{identifier}-title">{escape(title)}</h2>'
    yield from lines
    yield "</section>"


def note(sentence: str) -> str:
    """Give a remark in small print."""
    return f'<p class="note">{escape(sentence)}</p>'


def table(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[str | Html]], kind: str = ""
) -> Iterator[str]:
    """Give a table whose first column heads the rows.

    On a narrow screen each row becomes a card, and a cell tells its head itself.
    """
    columns = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    yield f'<table class="{kind}">' if kind else "<table>"
    yield f"<caption>{escape(caption)}</caption>"
    yield f"<thead><tr>{columns}</tr></thead>"
    yield "<tbody>"
    for first, *others in rows:
        cells = "".join(
            f'<td data-head="{escape(head)}">{text(cell)}</td>'
            for head, cell in zip(heads[1:], others, strict=True)
        )
        yield f'<tr><th scope="row">{text(first)}</th>{cells}</tr>'
    yield "</tbody>"
    yield "</table>"
