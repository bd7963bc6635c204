"""The options of the feedback."""

from __future__ import annotations

import datetime
from typing import Any

from pydantic import Field, field_validator

from voxpop import PartConfig


class FeedbackConfig(PartConfig):
    """Options of the data source `feedback`."""

    store: dict[str, Any] = Field(
        default={"name": "local"},
        description="The store that the API writes its feedback to: its `name` and its options.",
    )
    since: datetime.date | None = Field(
        default=None, description="The first day whose feedback counts, UTC."
    )
    until: datetime.date | None = Field(
        default=None, description="The last day whose feedback counts, UTC."
    )
    labels: tuple[str, ...] | None = Field(
        default=None,
        min_length=2,
        description="The class names in order; by default those that are found, sorted.",
    )

    @field_validator("store")
    @classmethod
    def _is_named(cls, store: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(store.get("name"), str):
            raise ValueError("the table of a store has a name, such as { name = 'local' }")
        return store
