"""The file as it came, with what the version says of each row."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from voxpop import ReadingOptions, cell_text, open_table, score_columns

if TYPE_CHECKING:
    from voxpop.insights import FileInsights

_ROWS = 10_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_scored(found: FileInsights, file: Path, options: ReadingOptions, into: Path) -> None:
    """Write every row in its order: its own columns, then those that `voxpop score` adds.

    A spreadsheet reads it right (UTF-8 with its mark) and runs no cell of it.

    Args:
        found: of this one file.
        file: what was read.
        options: as it was read.
        into: a CSV file.
    """
    labels = found.table.labels
    place_of = {row: place for place, row in enumerate(found.source.row.tolist())}
    table = open_table(file, options)
    names = [*table.columns, *score_columns(labels)]
    with into.open("w", encoding="utf-8-sig", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(_defused(names))
        for batch in table.batches(_ROWS):
            columns = [_defused(batch.column(place)) for place in range(len(table.columns))]
            scores = []
            for at, problem in enumerate(batch.problems):
                place = place_of.get(batch.start + at + 1)
                scores.append(
                    [*[""] * (3 + len(labels)), problem or "no text"]
                    if place is None
                    else _scores(found, place)
                )
            lines.writerows([*own, *more] for own, more in zip(_rows(columns), scores, strict=True))


def _scores(found: FileInsights, place: int) -> list[str]:
    shares = found.table.probabilities[place]
    best = int(shares.argmax())
    told = [f"{share:.6f}" for share in (shares[best], *shares)]
    return [found.table.labels[best], *told, found.version, ""]


def _rows(columns: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    return list(zip(*columns, strict=True))


def _defused(values: Sequence[object]) -> list[str]:
    texts = [cell_text(value) for value in values]
    return [
        f"'{text}" if text.startswith(_FORMULA) and not _number(text) else text for text in texts
    ]


def _number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True
