"""Data on stdout, talk on stderr: also what plugins and their libraries print."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO


class _Stdout:
    """Stdout as it was when the program began."""

    def __init__(self) -> None:
        self._stream: TextIO | None = None  # None: `sys.stdout` is ours
        self.is_closed = False

    def keep(self, *, is_shared: bool = False) -> None:
        """Keep stdout for what is emitted; whatever else is printed goes to stderr from now on.

        File descriptor 1 goes there too, for libraries that print from C. `is_shared` lets Python's
        own `print` reach it all the same, which is how help is shown.
        """
        before = sys.stdout
        if before is None:  # closed by whoever started the program
            self.is_closed = True
        elif isinstance(before, io.TextIOWrapper) and before.fileno() == 1:
            self._stream = os.fdopen(
                os.dup(1),
                "w",
                buffering=1 if before.line_buffering or before.write_through else -1,
                encoding=before.encoding,
                errors=before.errors,
            )
        else:
            return  # somebody redirected Python's own stream already, such as a test
        try:
            os.dup2(2, 1)
        except OSError:  # stderr is closed: a file that is opened later must not become stdout
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 1)
        sys.stdout = self._stream if is_shared and self._stream else sys.stderr

    @contextlib.contextmanager
    def writing(self) -> Iterator[TextIO]:
        """Give the stream to write to.

        Raises:
            StoreError: it is closed, or its disk is full or broken.
        """
        from voxpop import StoreError

        if self.is_closed:
            raise StoreError(
                "stdout is closed, so there is nowhere to print to: point it at a file, or at "
                "/dev/null"
            )
        try:
            yield self._stream or sys.stdout
        except BrokenPipeError:  # who read it has seen enough
            raise
        except OSError as error:
            raise StoreError(_cannot_write(error)) from error

    def close(self) -> str | None:
        """Write what is left; give the reason when that cannot be done, "" for a broken pipe."""
        if self._stream is None:
            return None
        stream, self._stream = self._stream, None
        reason = None
        try:
            stream.flush()
        except OSError as error:
            reason = "" if isinstance(error, BrokenPipeError) else _cannot_write(error)
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, stream.fileno())  # the rest goes there, without another error
        stream.close()
        if sys.stdout is stream:
            sys.stdout = sys.stderr
        return reason


STDOUT = _Stdout()
"""The program's one stdout."""


def emit(text: str) -> None:
    """Write one piece of data to stdout."""
    with STDOUT.writing() as stream:
        print(text, file=stream)


def emit_json(data: object) -> None:
    """Write data to stdout as JSON, for programs."""
    emit(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False, default=str))


def emit_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table to stdout: drawn on a terminal, tab-separated in a pipe."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    with STDOUT.writing() as stream:
        if not stream.isatty():
            for line in [list(columns), *cells]:
                told = (cell.replace("\t", " ").replace("\n", " ") for cell in line)
                print("\t".join(told), file=stream)
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for line in cells:
            table.add_row(*(Text(cell) for cell in line))
        Console(file=stream).print(table)


def say(text: str) -> None:
    """Tell the person something, on stderr."""
    print(text, file=sys.stderr, flush=True)


def _cannot_write(error: OSError) -> str:
    return f"stdout cannot be written ({error.strerror}): what was printed is not whole"
