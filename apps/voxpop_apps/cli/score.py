"""`voxpop score`: files of reviews, each row with its label."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxpop_apps.cli.output import emit, emit_json, emit_table, say
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

if TYPE_CHECKING:
    from voxpop import ReadingOptions, ScoredFile


def score(
    files: Files,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Ends in .csv, .tsv, .jsonl, .parquet or .xlsx."),
    ] = None,
    show_columns: Annotated[
        bool,
        typer.Option("--show-columns", help="Show how the files would be read, and stop."),
    ] = False,
    reference: Reference = "champion",
    registry: RegistryName = None,
    content: Content = None,
    title: Title = None,
    product: Product = None,
    date: Date = None,
    date_order: DateOrder = None,
    rating: Rating = None,
    author: Author = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    quotes: Quotes = None,
    header: Header = None,
    sheet: Sheet = None,
    processes: Processes = None,
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
                load(reference, settings=settings_for(registry)),
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
