"""The tables of a run config that belong to the core; all others belong to parts."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator, model_validator

from voxpop.errors import UsageError
from voxpop.evaluation.metrics import METRICS
from voxpop.nearest import nearest
from voxpop.registry.layout import check_alias

TABLES = (
    "seed",
    "data",
    "splits",
    "tokenizer",
    "model",
    "registry",
    "promotion",
    "report",
    "listeners",
)
"""Everything that a run config may hold at its top, in the order in which it is written."""


class _CoreTable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SplitsOptions(_CoreTable):
    """`[splits]`: how the core cuts what a source lacks; seeded and stratified."""

    validation: Annotated[
        float, Field(gt=0, lt=1, description="The share of the reviews to stop training on.")
    ] = 0.1
    test: Annotated[
        float, Field(gt=0, lt=1, description="The share of the reviews to measure on.")
    ] = 0.2
    limit: Annotated[
        int | None, Field(ge=1, description="Use at most so many reviews; all when not set.")
    ] = None

    @model_validator(mode="after")
    def _leave_some_to_train_on(self) -> Self:
        if self.validation + self.test >= 1:
            raise ValueError(
                f"validation ({self.validation}) and test ({self.test}) leave nothing to train on; "
                "together they must stay below 1"
            )
        return self


class PromotionOptions(_CoreTable):
    """`[promotion]`: when the alias moves to the new version. Without the table, it never does."""

    alias: Annotated[
        str,
        Field(description="The alias that moves to a version that beats the one to beat."),
    ] = "champion"
    against: Annotated[
        str | None,
        Field(
            description="The alias whose holder must be beaten, such as `champion` for an alias "
            "`candidate`; the moved alias's own holder when not set."
        ),
    ] = None
    metric: Annotated[
        str,
        Field(
            json_schema_extra={"enum": list(METRICS)},
            description="What versions are compared by, on the same test reviews.",
        ),
    ] = "accuracy"
    minimum: Annotated[
        FiniteFloat | None,
        Field(
            description="The metric that a version must reach (a metric of which less is better: "
            "stay below); no bound when not set."
        ),
    ] = None

    @field_validator("alias", "against")
    @classmethod
    def _is_an_alias(cls, alias: str | None) -> str | None:
        try:
            if alias is not None:
                check_alias(alias)
        except UsageError as error:
            raise ValueError(str(error)) from error
        return alias

    @field_validator("metric")
    @classmethod
    def _is_measured(cls, metric: str) -> str:
        if metric not in METRICS:
            allowed = f"allowed: {', '.join(METRICS)}{nearest(metric, METRICS)}"
            raise ValueError(allowed)
        return metric


class ReportOptions(_CoreTable):
    """`[report]`: what the report in the version's bundle may show."""

    texts: Annotated[
        bool,
        Field(
            description="Whether it quotes the reviews that were mistaken most confidently; false "
            "keeps every text of a review out of the bundle."
        ),
    ] = True


class CoreTables(_CoreTable):
    """Everything at the top of a run config that no part owns."""

    seed: Annotated[
        int,
        Field(ge=0, lt=2**32, description="Of the splits and of training: same seed, same run."),
    ] = 42
    splits: SplitsOptions = SplitsOptions()
    promotion: PromotionOptions | None = None
    report: ReportOptions = ReportOptions()
