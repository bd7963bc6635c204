"""From files of reviews to the finished report on the disk."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from voxpop.disk import disk_fault
from voxpop.errors import UsageError
from voxpop.events import Listener, StageStarted, ignore_events
from voxpop.insights.analysis import Options
from voxpop.insights.export_xlsx import write_workbook
from voxpop.insights.file_insights import FileInsights, analyse_files
from voxpop.insights.page import make_page
from voxpop.tables.options import ReadingOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from voxpop.classifier import Classifier

_SUFFIXES = {"--out": (".html", ".htm"), "--json": (".json",), "--xlsx": (".xlsx",)}


def report_files(
    files: Sequence[Path],
    out: Path,
    classifier: Classifier,
    *,
    json_out: Path | None = None,
    xlsx_out: Path | None = None,
    reading: ReadingOptions | None = None,
    labels_column: str | None = None,
    options: Options | None = None,
    processes: int | None = None,
    listen: Listener = ignore_events,
) -> FileInsights:
    """Analyse files and write the report; what was there of an earlier one is replaced.

    Args:
        files: CSV, JSON Lines, Parquet or Excel.
        out: the page, HTML that needs nothing from outside.
        classifier: from `voxpop.load`.
        json_out: all figures with what opens their reviews, for programs.
        xlsx_out: the figures and the scored reviews as a workbook.
        reading: what is known of the files.
        labels_column: holds labels that a person gave to reviews drawn at random.
        options: of the analysis.
        processes: how many score at once; None takes one a core.
        listen: hears how far it is.

    Raises:
        DataError: the files hold no reviews that can be read.
        StoreError: the report cannot be written.
        UsageError: names or options do not fit.
        MissingExtraError: a library is missing.
    """
    outs = {"--out": out, "--json": json_out, "--xlsx": xlsx_out}
    for option, place in outs.items():
        if place is not None:
            _check(option, place, files)
    found = analyse_files(
        files,
        classifier,
        reading=reading,
        labels_column=labels_column,
        options=options,
        processes=processes,
        listen=listen,
    )
    listen(StageStarted(stage="writing"))
    page = make_page(found)
    if json_out is not None:
        text = json.dumps(found.to_json(), ensure_ascii=False, allow_nan=False)
        _write(json_out, lambda aside: aside.write_bytes(_utf8(text + "\n")))
    if xlsx_out is not None:
        _write(xlsx_out, lambda aside: write_workbook(found, page.figures, aside, listen=listen))
    _write(out, lambda aside: aside.write_bytes(_utf8(page.html)))
    return found


def _check(option: str, place: Path, files: Sequence[Path]) -> None:
    suffixes = _SUFFIXES[option]
    if place.suffix.lower() not in suffixes:
        raise UsageError(f"{option} must end in {' or '.join(suffixes)}, not {str(place)!r}")
    if place.is_dir() or not place.absolute().parent.is_dir():
        raise UsageError(f"{str(place)!r} ({option}) cannot be written: no such directory")
    if place.exists() and any(Path(file).exists() and place.samefile(file) for file in files):
        raise UsageError(f"{str(place)!r} ({option}) is read and would be replaced: choose another")


def _write(place: Path, write: Callable[[Path], object]) -> None:
    """Write aside, then put in place: what was there stays until all is written."""
    aside = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        write(aside)
        aside.replace(place)
    except OSError as error:
        raise disk_fault(error, place, "written") from error
    finally:
        aside.unlink(missing_ok=True)


def _utf8(text: str) -> bytes:
    """Lone surrogates, which UTF-8 cannot hold, become question marks."""
    return text.encode("utf-8", "replace")
