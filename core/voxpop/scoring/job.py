"""Scores whole files: bounded memory, all cores, and a kill costs only what was under way."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from voxpop.disk import disk_fault
from voxpop.errors import DataError, UsageError
from voxpop.events import Listener, Notice, Progress, StageStarted, ignore_events
from voxpop.scoring.batch import score_columns, score_values
from voxpop.scoring.journal import Journal, open_journal
from voxpop.scoring.outputs import Output, check_output, open_output
from voxpop.scoring.workers import Answer, Job, score_here, score_in_processes
from voxpop.settings import cache_directory
from voxpop.tables import ChosenColumn, ReadingOptions, Role, choose_columns, open_table
from voxpop.tables.jsonl_table import JsonlTable
from voxpop.tables.row_texts import row_texts
from voxpop.tables.table import Table, TableBatch

if TYPE_CHECKING:
    from voxpop.classifier import Classifier

BATCH_ROWS = 1_000
_WORTH_PROCESSES = 4_000  # rows; a process of its own needs a second to start


@dataclass(frozen=True, kw_only=True)
class ScoredFile:
    """What was done.

    Attributes:
        out: the file.
        rows: in it, as many as were read.
        labels: how many rows got each label.
        problems: how many rows got none, by reason.
        before: rows that an earlier run had scored.
    """

    out: Path
    rows: int
    labels: dict[str, int]
    problems: dict[str, int]
    before: int


@dataclass(frozen=True, kw_only=True)
class _Input:
    table: Table
    columns: dict[Role, ChosenColumn]
    state: tuple[int, int, int]


def score_files(
    files: Sequence[Path],
    out: Path,
    classifier: Classifier,
    *,
    options: ReadingOptions | None = None,
    processes: int | None = None,
    force: bool = False,
    defuse: bool = False,
    listen: Listener = ignore_events,
) -> ScoredFile:
    """Write every row of the files to `out`, in order, with what the classifier says of it.

    Until `out` is whole it does not exist: what is done is kept in a hidden directory beside it,
    and the same call goes on from there. Rows that cannot be scored stay, with the reason.

    Args:
        files: with the same columns; see `voxpop.tables`.
        out: its suffix tells the format.
        classifier: scores.
        options: what is known of the files already.
        processes: how many score at once, each in its own process; None takes one a core. A
            classifier that is not cached on this machine's disk scores in this process.
        force: replace `out`, and what was begun from something else.
        defuse: put an apostrophe before CSV cells that a spreadsheet would run as formulas.
        listen: hears how far it is.

    Raises:
        DataError: a file cannot be read, or changed meanwhile.
        StoreError: the output cannot be written; what is scored is kept.
        UsageError: the output exists, or what is asked for does not fit together.
    """
    out = Path(os.path.abspath(out))  # noqa: PTH100 - a link stays the link that was named
    check_output(out)
    if processes is not None and processes < 1:
        raise UsageError(f"--processes must be 1 or more, not {processes}")
    if not out.parent.is_dir():
        raise UsageError(f"There is no directory {str(out.parent)!r} to write into: make it first")
    if out.is_dir() or (out.exists() and not force):
        raise UsageError(f"{str(out)!r} exists: say --force to replace it, or choose another --out")
    options = options or ReadingOptions()
    inputs = [_open(Path(file), out, options) for file in files]
    if not inputs:
        raise UsageError("There is no file to score")
    rows = _survey(inputs, listen)
    added = score_columns(classifier.labels)
    _check_columns([one.table for one in inputs], added)
    job = {
        "files": [[str(one.table.path), one.table.source.digest()] for one in inputs],
        "version": classifier.version,
        "columns": [[one.columns["content"].name, one.columns["title"].name] for one in inputs],
        "reading": [one.table.layout.settings for one in inputs],
        "batches": BATCH_ROWS,
    }
    with open_journal(out, job, start_anew=force) as journal:
        before = sum(journal.done.values())
        if before:
            listen(Notice(message=f"{before:,} of {rows:,} rows were scored by an earlier run"))
        _score(inputs, journal, classifier, rows, processes, listen)
        _check_unchanged(inputs)
        scored = _write(inputs, journal, classifier, out, added, rows, defuse, listen)
        journal.remove()
    return ScoredFile(out=out, rows=rows, labels=scored[0], problems=scored[1], before=before)


def _open(file: Path, out: Path, options: ReadingOptions) -> _Input:
    if out.exists() and file.exists() and file.samefile(out):
        raise UsageError(f"{str(file)!r} would be replaced by its own scores: choose another --out")
    table = open_table(file, options)
    columns = choose_columns(table, options)
    return _Input(table=table, columns=columns, state=table.source.state())


def _survey(inputs: Sequence[_Input], listen: Listener) -> int:
    listen(StageStarted(stage="counting rows"))
    total = 0
    for one in inputs:

        def tell(count: int, before: int = total) -> None:
            listen(Progress(stage="counting rows", done=before + count, total=None, unit="rows"))

        total += one.table.survey(tell).rows
    if not total:
        names = ", ".join(repr(str(one.table.path)) for one in inputs)
        raise DataError(f"There is no row in {names}")
    return total


def _check_columns(tables: Sequence[Table], added: Sequence[str]) -> None:
    first = tables[0]
    if all(isinstance(table, JsonlTable) for table in tables):
        union = tuple(dict.fromkeys(name for table in tables for name in table.columns))
        for table in tables:
            cast(JsonlTable, table).widen(union)
    for table in tables:
        if table.columns != first.columns:
            odd = sorted({*table.columns} ^ {*first.columns})
            raise DataError(
                f"{str(table.path)!r} and {str(first.path)!r} have not the same columns in the "
                "same order"
                + (f": {', '.join(map(repr, odd[:10]))} in one alone" if odd else "")
                + ". Score them one by one"
            )
    there = [name for name in added if name in first.columns]
    if there:
        raise DataError(
            f"{str(first.path)!r} has the column {there[0]!r} already: it was scored before. Score "
            "the file that it was made from, or rename the column"
        )


def _numbered(inputs: Sequence[_Input]) -> Iterator[tuple[int, _Input, TableBatch]]:
    numbers = itertools.count()
    for one in inputs:
        for batch in one.table.batches(BATCH_ROWS):
            yield next(numbers), one, batch


def _score(
    inputs: Sequence[_Input],
    journal: Journal,
    classifier: Classifier,
    rows: int,
    processes: int | None,
    listen: Listener,
) -> None:
    done = sum(journal.done.values())
    if done == rows:
        return
    jobs = (
        Job(number, row_texts(one.table, one.columns, batch)[0])
        for number, one, batch in _numbered(inputs)
        if number not in journal.done
    )
    count = processes or _usable_cores()
    apart = rows - done > _WORTH_PROCESSES if processes is None else processes > 1
    cached = (cache_directory("bundles") / classifier.version).is_dir()
    listen(StageStarted(stage="scoring"))
    listen(Progress(stage="scoring", done=done, total=rows))
    answers: Iterator[Answer]
    if apart and cached and count > 1:
        answers = score_in_processes(classifier.version, jobs, count)
    else:
        answers = score_here(classifier, jobs)
    with contextlib.closing(answers):  # type: ignore[type-var]
        for answer in answers:
            journal.add(answer.number, answer.scores)
            done += len(answer.scores)
            listen(Progress(stage="scoring", done=done, total=rows))


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not everywhere; it knows of a container's limits
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check_unchanged(inputs: Sequence[_Input]) -> None:
    for one in inputs:
        if one.table.source.state() != one.state:
            raise DataError(
                f"{str(one.table.path)!r} was changed while it was scored: nothing is written. "
                "Run the command again with --force when it stays as it is"
            )


def _write(
    inputs: Sequence[_Input],
    journal: Journal,
    classifier: Classifier,
    out: Path,
    added: Sequence[str],
    rows: int,
    defuse: bool,
    listen: Listener,
) -> tuple[dict[str, int], dict[str, int]]:
    labels: Counter[str] = Counter(dict.fromkeys(classifier.labels, 0))
    reasons: Counter[str] = Counter()
    listen(StageStarted(stage="writing"))
    aside = journal.directory / f"output{out.suffix.lower()}"
    tables = [one.table for one in inputs]
    try:
        output = open_output(
            aside, out.suffix, tables, added, labels=len(classifier.labels), defuse=defuse
        )
        written = 0
        try:
            for number, one, batch in _numbered(inputs):
                _, problems = row_texts(one.table, one.columns, batch)
                scores = journal.scores(number)
                output.write(
                    batch, score_values(scores, classifier.labels, classifier.version, problems)
                )
                best = scores[~np.isnan(scores[:, 0])].argmax(axis=1)
                labels.update(classifier.labels[place] for place in best)
                reasons.update(problem.partition(" (")[0] for problem in problems if problem)
                written += len(batch)
                listen(Progress(stage="writing", done=written, total=rows, unit="rows"))
        finally:
            output.close()
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        _check_unchanged(inputs)
        aside.replace(out)
    except OSError as error:
        raise disk_fault(error, out, "written") from error
    _tell_of(output, defuse, listen)
    return dict(labels), dict(reasons)


def _tell_of(output: Output, defuse: bool, listen: Listener) -> None:
    if output.formulas and not defuse:
        listen(
            Notice(
                message=f"{output.formulas:,} cells begin like a formula and are as they were; "
                "before a spreadsheet opens the file, write .xlsx instead or say --defuse"
            )
        )
    if output.cut:
        listen(Notice(message=f"{output.cut:,} cells were cut at {32_767:,} characters for Excel"))
