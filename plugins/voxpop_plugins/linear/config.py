"""The options of the linear model."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, FiniteFloat

from voxpop import PartConfig


class LinearConfig(PartConfig):
    """Which words and runs of words count, and how the regression is fitted."""

    ngrams: Annotated[
        int,
        Field(ge=1, le=4, description="The longest run of words that counts; 1: single words."),
    ] = 2
    buckets: Annotated[
        int,
        Field(
            ge=1_024,
            le=2**24,
            description="Places for runs of two words and more. Runs that share one, by their "
            "hashes, count as the same.",
        ),
    ] = 2**18
    fewest: Annotated[
        int, Field(ge=1, description="What fewer training reviews have does not count.")
    ] = 2
    regularization: Annotated[
        FiniteFloat,
        Field(
            gt=0,
            description="How strongly weights are kept small; the inverse of scikit-learn's `C`.",
        ),
    ] = 0.1
    batch_size: Annotated[
        int, Field(ge=1, description="Reviews whose words are looked up at once, while fitting.")
    ] = 4_096
    epochs: Annotated[
        int, Field(ge=1, description="Passes over the training reviews, at most.")
    ] = 8
    patience: Annotated[
        int,
        Field(ge=1, description="Passes without a better validation loss after which it ends."),
    ] = 2
