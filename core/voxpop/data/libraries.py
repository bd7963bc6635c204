"""The heavy libraries under the data sets, imported when first needed.

Voxpop only wraps, selects and reads Arrow tables with `datasets`: calls that draw no progress bar,
reach for no network and leave nothing in a cache of theirs. So nothing of the process's own
settings for that library needs to be touched.
"""

from __future__ import annotations

from typing import Any

from voxpop.errors import MissingExtraError


def import_datasets() -> Any:
    """Give the module `datasets`.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import datasets
    except ImportError as error:
        raise _missing("datasets", error) from error
    return datasets


def import_pyarrow() -> Any:
    """Give the module `pyarrow`.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise _missing("pyarrow", error) from error
    return pyarrow


def _missing(library: str, error: ImportError) -> MissingExtraError:
    return MissingExtraError(
        f"Reading reviews needs the library {library}, which cannot be imported ({error}). "
        'Install it with: pip install "voxpop[train]"'
    )
