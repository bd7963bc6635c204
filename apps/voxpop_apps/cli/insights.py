"""`voxpop insights`: what files of reviews say as a whole, as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voxpop_apps.cli.output import emit, say
from voxpop_apps.cli.progress import shown_progress
from voxpop_apps.cli.reading import (
    Author,
    Content,
    Date,
    DateOrder,
    Delimiter,
    Encoding,
    Files,
    Header,
    Processes,
    Product,
    Quotes,
    Rating,
    Reference,
    Sheet,
    Title,
)
from voxpop_apps.cli.registry_choice import RegistryName, settings_for


def insights(
    files: Files,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The page; ends in .html. An old one is replaced.")
    ],
    json_out: Annotated[
        Path | None, typer.Option("--json", help="All figures, for programs; ends in .json.")
    ] = None,
    xlsx_out: Annotated[
        Path | None,
        typer.Option("--xlsx", help="The figures and the scored reviews; ends in .xlsx."),
    ] = None,
    reference: Reference = "champion",
    registry: RegistryName = None,
    content: Content = None,
    title: Title = None,
    product: Product = None,
    date: Date = None,
    date_order: DateOrder = None,
    rating: Rating = None,
    author: Author = None,
    labels_column: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Holds true labels that a person gave to reviews drawn at random; with 100 or "
            "more they correct the share.",
        ),
    ] = None,
    unfavourable: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL",
            help="What counts as unfavourable; by default negative. May be given again.",
        ),
    ] = None,
    aspect: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORD", help="Look at this aspect, not at those found. May be given again."
        ),
    ] = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    quotes: Quotes = None,
    header: Header = None,
    sheet: Sheet = None,
    processes: Processes = None,
) -> None:
    """Say what files of reviews say as a whole: what changed, where, since when, why, how sure.

    The page needs nothing from outside, prints on a few sheets, and every figure on it opens its
    reviews. docs/insights.md says what each figure means and when not to trust it.
    """
    from voxpop import ReadingOptions, load
    from voxpop.insights import Options, report_files

    reading = ReadingOptions(
        encoding=encoding,
        delimiter=delimiter,
        quotes=quotes,
        header=header,
        sheet=sheet,
        content=content,
        title=title,
        product=product,
        date=date,
        rating=rating,
        author=author,
        date_order=date_order.value if date_order else None,
    )
    with shown_progress() as listen:
        found = report_files(
            files,
            out,
            load(reference, settings=settings_for(registry)),
            json_out=json_out,
            xlsx_out=xlsx_out,
            reading=reading,
            labels_column=labels_column,
            options=Options(
                unfavourable=tuple(unfavourable) if unfavourable else None,
                aspects=tuple(aspect) if aspect else None,
            ),
            processes=processes,
            listen=listen,
        )
    for sentence in found.insights.summary:
        say(f"- {sentence.text}")
    for written in (out, json_out, xlsx_out):
        if written is not None:
            emit(str(written))
