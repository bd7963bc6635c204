"""How files of reviews are read: the options that `score` and `insights` share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Order(StrEnum):
    """Which of the numbers of a date comes first."""

    dmy = "dmy"
    mdy = "mdy"
    ymd = "ymd"


Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="CSV, JSON Lines, Parquet or Excel.")
]
Reference = Annotated[str, typer.Option("--model", "-m", help="A version or an alias.")]
Processes = Annotated[
    int | None, typer.Option(min=1, help="How many score at once; by default one a core.")
]

Content = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Holds the texts of the reviews.")
]
Title = Annotated[str | None, typer.Option(metavar="COLUMN", help="Holds their headlines.")]
Product = Annotated[str | None, typer.Option(metavar="COLUMN", help="Holds what was reviewed.")]
Date = Annotated[str | None, typer.Option(metavar="COLUMN", help="Holds the dates.")]
DateOrder = Annotated[Order | None, typer.Option(help="What 03/04/2025 means: day or month first.")]
Rating = Annotated[str | None, typer.Option(metavar="COLUMN", help="Holds the stars.")]
Author = Annotated[str | None, typer.Option(metavar="COLUMN", help="Holds who wrote.")]

Encoding = Annotated[str | None, typer.Option(help="Of text files, such as utf-8 or cp1252.")]
Delimiter = Annotated[
    str | None,
    typer.Option(
        help="Between the cells of a line.",
        callback=lambda given: {"\\t": "\t", "tab": "\t"}.get(given, given),  # hard to type
    ),
]
Quotes = Annotated[
    bool | None, typer.Option("--quotes/--no-quotes", help='Whether " encloses cells.')
]
Header = Annotated[
    bool | None, typer.Option("--header/--no-header", help="Whether the first row holds names.")
]
Sheet = Annotated[str | None, typer.Option(help="Of an Excel workbook.")]
