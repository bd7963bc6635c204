"""The libraries under the insights, imported when first needed."""

from __future__ import annotations

import importlib
from typing import Any

from voxpop.errors import MissingExtraError


def library(name: str) -> Any:
    """Import a module of scipy or rensa, `library("scipy.special")` for instance.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtraError(
            f"Insights need the library {name.split('.')[0]}, which cannot be imported ({error}). "
            'Install it with: pip install "voxpop[insights]"'
        ) from error
