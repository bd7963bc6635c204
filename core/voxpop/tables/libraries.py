"""The libraries of the extra `score`, imported when first needed."""

from __future__ import annotations

import importlib
from typing import Any

from voxpop.errors import MissingExtraError


def import_extra(module: str, what: str, *, extra: str = "score") -> Any:
    """Give a module that an extra brings; `what` needs it ("Reading Parquet").

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"{what} needs the library {module.partition('.')[0]}, which cannot be imported "
            f'({error}). Install it with: pip install "voxpop[{extra}]"'
        ) from error
