"""The options of the amazon-polarity reviews in S3."""

from __future__ import annotations

from pydantic import Field

from voxpop_plugins.s3.config import S3Options


class AmazonPolarityConfig(S3Options):
    """Options of the data source `amazon-polarity`."""

    limit: int | None = Field(
        default=None,
        ge=1,
        description="Fetch only so many reviews of each split: whole row groups, drawn by the "
        "seed; all when not set.",
    )
    seed: int = Field(
        default=42, ge=0, lt=2**32, description="Of `limit`: another seed draws other reviews."
    )
