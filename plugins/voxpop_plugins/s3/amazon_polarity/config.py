"""The options of the amazon-polarity reviews in S3."""

from __future__ import annotations

from pydantic import Field

from voxpop_plugins.s3.config import S3Options


class AmazonPolarityConfig(S3Options):
    """Options of the data source `amazon-polarity`."""

    limit: int | None = Field(
        default=None,
        ge=1,
        description="Use only so many reviews of each split, out of at least 20 row groups drawn "
        "by the seed, which alone are fetched; all when not set.",
    )
    seed: int = Field(
        default=42, ge=0, lt=2**32, description="Of `limit`: another seed draws other reviews."
    )
