import pytest

from voxpop import DataSourcePart
from voxpop.testing import DataSourceConformance
from voxpop_plugins.movie_reviews.config import MovieReviewsConfig
from voxpop_plugins.movie_reviews.plugin import voxpop_data_sources


class TestMovieReviews(DataSourceConformance):
    @pytest.fixture
    def part(self) -> DataSourcePart[MovieReviewsConfig]:
        (part,) = voxpop_data_sources()
        return part

    @pytest.fixture
    def config(self) -> MovieReviewsConfig:
        return MovieReviewsConfig(subset="rotten-tomatoes")
