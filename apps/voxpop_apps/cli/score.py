"""`voxpop score`: files of reviews, each row with its label."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxpop_apps.cli.output import emit, emit_json, emit_table, say
from voxpop_apps.cli.progress import shown_progress

if TYPE_CHECKING:
    from voxpop import ReadingOptions, ScoredFile


class Order(StrEnum):
    """Which of the numbers of a date comes first."""

    dmy = "dmy"
    mdy = "mdy"
    ymd = "ymd"


def score(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="CSV, JSON Lines, Parquet or Excel."),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Ends in .csv, .tsv, .jsonl, .parquet or .xlsx."),
    ] = None,
    show_columns: Annotated[
        bool,
        typer.Option("--show-columns", help="Show how the files would be read, and stop."),
    ] = False,
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
    force: Annotated[
        bool, typer.Option("--force", help="Replace the output, or what was begun of it.")
    ] = False,
    defuse: Annotated[
        bool,
        typer.Option(
            "--defuse",
            help="Put an apostrophe before CSV cells that a spreadsheet would run as formulas.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Label every row of files, and write them with all their columns.

    Format, encoding and columns are found out; --show-columns shows them. Rows in are rows out, in
    order: a row without text gets no label but a reason. A run that was stopped goes on where it
    was when it is started again.
    """
    from voxpop import ReadingOptions, UsageError, load, score_files

    options = ReadingOptions(
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
    if show_columns:
        _show(files, options, as_json)
        return
    if out is None:
        raise UsageError("Say where the scored rows go with --out, or look with --show-columns")
    try:
        with shown_progress() as listen:
            scored = score_files(
                files,
                out,
                load(reference),
                options=options,
                processes=processes,
                force=force,
                defuse=defuse,
                listen=listen,
            )
    except KeyboardInterrupt:
        say("voxpop: what is scored is kept; the same command goes on from there")
        raise
    _tell(scored, as_json)


def _tell(scored: ScoredFile, as_json: bool) -> None:
    if as_json:
        emit_json(
            {
                "out": str(scored.out),
                "rows": scored.rows,
                "labels": scored.labels,
                "problems": scored.problems,
                "scored_before": scored.before,
            }
        )
        return
    labels = ", ".join(f"{count:,} {label}" for label, count in scored.labels.items())
    say(f"{scored.rows:,} rows: {labels}")
    for reason, count in scored.problems.items():
        say(f"  {count:,} without a label: {reason}")
    emit(str(scored.out))


def _show(files: list[Path], options: ReadingOptions, as_json: bool) -> None:
    from voxpop import choose_columns, open_table

    shown = []
    for file in files:
        table = open_table(file, options)
        columns = choose_columns(table, options).values()
        used = {column.name for column in columns}
        ignored = [name for name in table.columns if name not in used]
        if as_json:
            shown.append(
                {
                    "file": str(file),
                    "read_as": list(table.layout.reasons),
                    "columns": [vars(column) for column in columns],
                    "ignored": ignored,
                }
            )
            continue
        emit(str(file))
        for reason in table.layout.reasons:
            emit(f"  {reason}")
        emit_table(
            ["role", "column", "why", "for example"],
            [
                (
                    column.role,
                    column.name,
                    column.question or column.reason,
                    " | ".join(sample[:60] for sample in column.samples),
                )
                for column in columns
            ],
        )
        emit(f"  without a role: {', '.join(ignored) or 'none'}")
    if as_json:
        emit_json(shown)
