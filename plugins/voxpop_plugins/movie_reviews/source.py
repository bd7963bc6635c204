"""Reads the movie reviews."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from voxpop import (
    Listener,
    Progress,
    Splits,
    SplitWriter,
    cache_directory,
    cached_split,
    review_text,
)
from voxpop_plugins.movie_reviews.config import MovieReviewsConfig
from voxpop_plugins.movie_reviews.resource import SHA256, find_reviews

STAGE = "reading movie reviews"
LABELS = ("negative", "positive")  # the CSV's 0 and 1
ROWS = {"imdb": 25_000, "rotten-tomatoes": 8_530}
_CONVERSION = 1  # raise it when the texts come out differently
_CHUNK = 1_000


def load_movie_reviews(config: MovieReviewsConfig, listen: Listener) -> Splits:
    """Give the reviews of one subset as a train split, in the order of the file.

    Raises:
        MissingExtraError: the package movie-reviews is not installed.
        DataError: its reviews are not the expected ones.
    """
    path = find_reviews()
    total = ROWS[config.subset]

    def write(writer: SplitWriter) -> Mapping[str, object]:
        texts: list[str] = []
        labels: list[int] = []
        for text, label in _rows(path, config.subset):
            texts.append(text)
            labels.append(label)
            if len(texts) == _CHUNK:
                writer.write(texts, labels)
                texts, labels = [], []
                listen(Progress(stage=STAGE, done=writer.rows, total=total))
        writer.write(texts, labels)
        return {}

    key = hashlib.sha256(f"{SHA256} {config.subset} {_CONVERSION}".encode()).hexdigest()
    split, _ = cached_split(cache_directory("movie-reviews"), key[:32], write)
    listen(Progress(stage=STAGE, done=len(split), total=total))
    return Splits(train=split, labels=LABELS)


def _rows(path: Path, subset: str) -> Iterator[tuple[str, int]]:
    source = subset.replace("-", "_")  # as the file spells it
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, strict=True):
            if row["source"] == source:
                yield plain_text(row["text"]), int(row["label"])


def plain_text(marked: str) -> str:
    """Put one space in the place of line-break marks (`<br />`) and the blanks around them."""
    return review_text(None, " ".join(filter(None, map(str.strip, marked.split("<br />")))))
