"""Finds the files that paths and patterns name."""

from __future__ import annotations

import difflib
import glob
import stat
from pathlib import Path

from voxpop import DataError


def find_files(patterns: str | tuple[str, ...], option: str) -> list[Path]:
    """Give the files in the order of the patterns, those of one pattern sorted, each once.

    Args:
        patterns: paths, or patterns with `*`, `?`, `[...]` or `**`; `~` is the home directory.
        option: the key that they stand under, for messages.

    Raises:
        DataError: there is no such file, or it is a directory, empty, or not to be read.
    """
    found: dict[Path, None] = {}
    for pattern in (patterns,) if isinstance(patterns, str) else patterns:
        path = _expanded(pattern, option)
        if not glob.has_magic(pattern) or _exists(path):
            matches = [path]
        else:
            # `Path.glob` refuses patterns that begin at the root.
            names = glob.glob(str(path), recursive=True)  # noqa: PTH207
            matches = sorted(path for path in map(Path, names) if path.is_file())
            if not matches:
                raise DataError(
                    f"No file matches {pattern!r} (`{option}` in [data]). {_nearby(path)}"
                )
        for match in matches:
            _check(match, option)
            found[match] = None
    return list(found)


def _expanded(pattern: str, option: str) -> Path:
    try:
        if "\0" in pattern:
            raise ValueError("a path holds no null character")
        return Path(pattern).expanduser()
    except (RuntimeError, ValueError) as error:  # RuntimeError: there is no such user's home
        raise DataError(f"{pattern!r} is no path (`{option}` in [data]): {error}") from error


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # it lies where we may not look: reading it will tell
        return True


def _check(path: Path, option: str) -> None:
    key = f"(`{option}` in [data])"
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise DataError(
                f"{str(path)!r} is a directory {key}. "
                f"Name the files in it, for example {str(path / '*.csv')!r}"
            )
        if not stat.S_ISREG(mode):  # a pipe, for example; opening it might wait for ever
            raise DataError(
                f"{str(path)!r} is no regular file {key}; it is read more than once. "
                "Save what it gives into a file first"
            )
        with path.open("rb") as file:
            if not file.read(1):
                raise DataError(f"{str(path)!r} is empty {key}. See that it was written whole")
    except FileNotFoundError as error:
        raise DataError(f"There is no file {str(path)!r} {key}. {_nearby(path)}") from error
    except NotADirectoryError as error:
        raise DataError(f"There is no file {str(path)!r} {key}: {error.strerror}") from error
    except PermissionError as error:
        raise DataError(
            f"{str(path)!r} cannot be read {key}: {error.strerror}. Give yourself the right to "
            "read it, or choose another file"
        ) from error
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be read {key}: {error.strerror}") from error


def _nearby(path: Path) -> str:
    """Say what there is instead: the nearest names in the deepest directory that exists."""
    directory = path.parent
    wanted = path.name
    while not _exists(directory) and directory != directory.parent:
        directory, wanted = directory.parent, directory.name
    try:
        names = sorted(entry.name for entry in directory.iterdir())
    except OSError:
        names = []
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
    where = f"in {str(directory.absolute())!r}"
    if near:
        return f"Did you mean {' or '.join(map(repr, near))} ({where})?"
    shown = ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")
    return f"What there is {where}: {shown or 'nothing'}"
