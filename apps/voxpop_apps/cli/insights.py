"""`voxpop insights`: what files of reviews say as a whole, as one page."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from voxpop_apps.cli.output import emit, say
from voxpop_apps.cli.progress import shown_progress


class Order(StrEnum):
    """Which of the numbers of a date comes first."""

    dmy = "dmy"
    mdy = "mdy"
    ymd = "ymd"


def insights(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="CSV, JSON Lines, Parquet or Excel."),
    ],
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
    reference: Annotated[
        str, typer.Option("--model", "-m", help="A version or an alias.")
    ] = "champion",
    content: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Holds the texts of the reviews.")
    ] = None,
    title: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Holds their headlines.")
    ] = None,
    product: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Holds what was reviewed.")
    ] = None,
    date: Annotated[str | None, typer.Option(metavar="COLUMN", help="Holds the dates.")] = None,
    date_order: Annotated[
        Order | None, typer.Option(help="What 03/04/2025 means: day or month first.")
    ] = None,
    rating: Annotated[str | None, typer.Option(metavar="COLUMN", help="Holds the stars.")] = None,
    author: Annotated[str | None, typer.Option(metavar="COLUMN", help="Holds who wrote.")] = None,
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
    encoding: Annotated[
        str | None, typer.Option(help="Of text files, such as utf-8 or cp1252.")
    ] = None,
    delimiter: Annotated[str | None, typer.Option(help="Between the cells of a line.")] = None,
    quotes: Annotated[
        bool | None, typer.Option("--quotes/--no-quotes", help='Whether " encloses cells.')
    ] = None,
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="Whether the first row holds names."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Of an Excel workbook.")] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="How many score at once; by default one a core.")
    ] = None,
) -> None:
    """Say what files of reviews say as a whole: what changed, where, since when, why, how sure.

    The page needs nothing from outside, prints on a few sheets, and every figure on it opens its
    reviews. docs/insights.md says what each figure means and when not to trust it.
    """
    from voxpop import ReadingOptions, load
    from voxpop.insights import Options, report_files

    reading = ReadingOptions(
        encoding=encoding,
        delimiter={"\\t": "\t", "tab": "\t"}.get(delimiter or "", delimiter),
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
            load(reference),
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
