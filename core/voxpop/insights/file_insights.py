"""From files of reviews to all that they say: reading, scoring, analysing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voxpop.events import Listener, StageStarted, ignore_events
from voxpop.insights.analysis import Options, analyse
from voxpop.insights.findings import Insights
from voxpop.insights.quantification import CheckSet
from voxpop.insights.reading import FileReviews, read_reviews
from voxpop.insights.scores import check_set_of, score_texts
from voxpop.insights.table import CodedReviews, ReviewTable, unfavourable_labels
from voxpop.tables.options import ReadingOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voxpop.classifier import Classifier


@dataclass(frozen=True, kw_only=True, eq=False)
class FileInsights:
    """What files of reviews say, with the reviews themselves.

    Attributes:
        insights: all figures; their selections open `table`.
        table: the scored reviews.
        source: where each of them stands in the files, and what was left out.
        version: of the classifier.
        check: how it does on reviews with known labels; None when nobody knows.
    """

    insights: Insights
    table: ReviewTable
    source: FileReviews
    version: str
    check: CheckSet | None

    @cached_property
    def coded(self) -> CodedReviews:
        """The reviews as selections count on them."""
        return CodedReviews.of(self.table, self.insights.unfavourable_labels)

    def to_json(self) -> dict[str, Any]:
        """Give all of it but the texts; `rows` tells where the selections' places are."""
        source = self.source
        return {
            "version": self.version,
            "files": list(source.names),
            "columns": [[vars(one) for one in columns] for columns in source.columns],
            "rows_read": source.read,
            "rows_left_out": source.left_out,
            "unreadable_cells": source.unreadable,
            "check_set": None if self.check is None else vars(self.check),
            "rows": {"file": source.file.tolist(), "row": source.row.tolist()},
            "insights": self.insights.to_json(),
        }


def analyse_files(
    files: Sequence[Path],
    classifier: Classifier,
    *,
    reading: ReadingOptions | None = None,
    labels_column: str | None = None,
    options: Options | None = None,
    processes: int | None = None,
    listen: Listener = ignore_events,
) -> FileInsights:
    """Say what files of reviews say as a whole.

    Args:
        files: CSV, JSON Lines, Parquet or Excel.
        classifier: from `voxpop.load`. What its version got right and wrong on its own test split
            corrects the shares.
        reading: what is known of the files.
        labels_column: holds labels that a person gave to reviews drawn at random; 100 or more
            correct the share of the file in place of the test split.
        options: of the analysis.
        processes: how many score at once; None takes one a core.
        listen: hears how far it is.

    Raises:
        DataError: the files hold no reviews that can be read.
        UsageError: options do not fit the files or the labels.
        MissingExtraError: a library is missing.
    """
    chosen = options or Options()
    unfavourable = unfavourable_labels(classifier.labels, chosen.unfavourable)
    source = read_reviews(
        files, reading, labels=classifier.labels, labels_column=labels_column, listen=listen
    )
    probabilities = score_texts(classifier, source.texts, processes=processes, listen=listen)

    def score(clauses: Sequence[str]) -> NDArray[np.float64]:
        return score_texts(classifier, clauses, processes=processes)

    listen(StageStarted(stage="analysing"))
    return analyse_reviews(
        source,
        probabilities,
        labels=classifier.labels,
        version=classifier.version,
        score=score,
        check=check_set_of(classifier, unfavourable),
        options=chosen,
        listen=listen,
    )


def analyse_reviews(
    source: FileReviews,
    probabilities: NDArray[np.float64],
    *,
    labels: Sequence[str],
    version: str,
    score: Callable[[Sequence[str]], NDArray[np.float64]],
    check: CheckSet | None = None,
    options: Options | None = None,
    listen: Listener = ignore_events,
) -> FileInsights:
    """Say what reviews say as a whole that were read and scored already, wherever that was.

    Args:
        source: n reviews, as `read_reviews` gives them.
        probabilities: of every label for each of them, float64 of shape (n, k).
        labels: the k classes.
        version: that scored them.
        score: gives the probabilities of m further texts, float64 of shape (m, k).
        check: how the version does on reviews with known labels; corrects the shares.
        options: of the analysis.
        listen: hears how far it is, several times a second.

    Raises:
        UsageError: options do not fit the reviews or the labels.
        MissingExtraError: a library is missing.
        RunStopped: the listener ends it.
    """
    chosen = options or Options()
    table = ReviewTable(
        texts=source.texts,
        probabilities=probabilities,
        labels=tuple(labels),
        products=source.products,
        days=source.days,
        authors=source.authors,
        stars=source.stars,
    )
    return FileInsights(
        insights=analyse(
            table, score=score, check=check, truth=source.truth, options=chosen, listen=listen
        ),
        table=table,
        source=source,
        version=version,
        check=check,
    )
