from __future__ import annotations

from typing import Literal

import pytest

from voxpop import DataSourcePart, Plugins
from voxpop.testing import DataSourceConformance
from voxpop_plugins.movie_reviews.config import MovieReviewsConfig


class TestMovieReviews(DataSourceConformance):
    @pytest.fixture
    def part(self) -> DataSourcePart[MovieReviewsConfig]:
        return Plugins.load(only=["movie-reviews"]).get(DataSourcePart, "movie-reviews")

    @pytest.fixture(params=["imdb", "rotten-tomatoes"])
    def config(self, request: pytest.FixtureRequest) -> MovieReviewsConfig:
        subset: Literal["imdb", "rotten-tomatoes"] = request.param
        return MovieReviewsConfig(subset=subset)
