"""Registers the movie reviews."""

from __future__ import annotations

from collections.abc import Iterable

from voxpop import DataSourcePart, Listener, Splits, hookimpl
from voxpop_plugins.movie_reviews.config import MovieReviewsConfig


def load(config: MovieReviewsConfig, listen: Listener) -> Splits:
    """Read the reviews out of the installed package movie-reviews, as one train split."""
    from voxpop_plugins.movie_reviews.source import load_movie_reviews

    return load_movie_reviews(config, listen)


@hookimpl
def voxpop_data_sources() -> Iterable[DataSourcePart[MovieReviewsConfig]]:
    """Offer the movie reviews."""
    yield DataSourcePart(
        name="movie-reviews",
        summary="25,000 IMDb or 8,530 Rotten Tomatoes reviews out of the package movie-reviews",
        config=MovieReviewsConfig,
        load=load,
    )
