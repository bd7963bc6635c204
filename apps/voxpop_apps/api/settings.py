"""What a running API is told by its environment: `VOXPOP_API_*`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from voxpop import SettingsError
from voxpop_apps.api.execution.pace import EXPLAINED

PREFIX = "VOXPOP_API_"
FEEDBACK_PREFIX = "VOXPOP_API_FEEDBACK__"


class ApiSettings(BaseSettings):
    """The settings of the API, read from the environment when they are made.

    Raises:
        SettingsError: a variable is unknown or holds something that is not allowed; the message
            lists every such variable.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    host: str = Field("127.0.0.1", description="the address to listen at")
    port: int = Field(
        8000, ge=0, le=65_535, description="the port to listen at; 0 takes a free one"
    )
    revision: str = Field(
        "unknown", description="the commit that it was built from, which `GET /health` tells"
    )
    workers: int = Field(1, ge=1, le=256, description="processes that answer, each with its model")
    reference: str = Field("champion", min_length=1, description="the alias or version to serve")
    poll_s: float = Field(
        10.0, ge=0.05, le=3_600, description="how often the registry is asked where aliases lead"
    )
    registry_wait_s: float = Field(
        5.0,
        ge=0,
        le=600,
        description="how long a start waits for the registry before it serves from the disk",
    )
    cached_versions: int = Field(
        5, ge=1, description="versions kept on disk, besides those that aliases last led to"
    )
    canary_reference: str | None = Field(
        None, min_length=1, description="an alias or version that answers a share of the requests"
    )
    canary_share: float = Field(
        0.05, gt=0, le=1, description="the canary's share of the requests, by their ids"
    )
    shadow_reference: str | None = Field(
        None, min_length=1, description="an alias or version that judges everything, unseen"
    )
    drift_window: int = Field(
        2_000, ge=200, le=1_000_000, description="the latest reviews that drift is measured on"
    )
    # A store's options are text here, whatever they look like.
    feedback: Annotated[dict[str, Any], NoDecode] = Field(
        {"name": "local"},
        description="the store of the feedback, `NAME`, and its options",
        validate_default=True,
    )
    feedback_flush_s: float = Field(
        5.0, gt=0, le=3_600, description="how long accepted feedback waits for company on its way"
    )
    feedback_spool_bytes: int = Field(
        67_108_864, ge=4_096, description="feedback on this disk that the store does not have yet"
    )
    feedback_recent: int = Field(
        10_000, ge=0, description="answers that are remembered, for feedback by request id alone"
    )
    log_format: Literal["text", "json"] = Field("text", description="how log lines look")
    log_requests: bool = Field(False, description="whether each request gets a log line")
    log_texts: bool = Field(
        False, description="whether that line holds what was sent, reviews included"
    )
    otlp_endpoint: str | None = Field(
        None,
        pattern=r"^https?://",
        description="the OpenTelemetry collector that traces go to, such as http://127.0.0.1:4318",
    )
    model_name: str = Field(
        "voxpop",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="what the Open Inference Protocol calls the model",
    )
    auth: Literal["auto", "on", "off"] = Field(
        "auto", description="whether callers need a key; `auto`: unless only this machine can call"
    )
    keys_file: Path | None = Field(
        None, description="the file of API keys; read again when it changes"
    )
    keys: str | None = Field(
        None,
        description="API keys without a file: the lines that a file of them would hold",
    )
    rate_per_s: float | None = Field(
        None, gt=0, description="reviews a second that one caller may ask for; no limit when unset"
    )
    rate_burst: int = Field(
        100, ge=1, description="reviews that a caller may ask for at once, within its rate"
    )
    max_text_characters: int = Field(
        100_000, ge=1, description="characters of one review, title and content together"
    )
    max_batch_reviews: int = Field(1_000, ge=1, description="reviews of one request")
    max_body_bytes: int = Field(4_194_304, ge=1_024, description="bytes of one request's body")
    queue_reviews: int = Field(
        2_000, ge=1, description="reviews that may wait or be worked on; more are refused"
    )
    deadline_s: float = Field(
        10.0, gt=0, le=600, description="when a request is given up; a caller may ask for less"
    )
    drain_s: float = Field(
        20.0, ge=1, le=600, description="how long requests may take to end when the server stops"
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="origins of web pages that may call, separated by commas; none by default"
    )

    def __init__(self, **values: Any) -> None:
        problems = _unknown_variables(os.environ)
        try:
            super().__init__(**values)
        except ValidationError as error:
            problems += [_describe(dict(problem)) for problem in error.errors()]
        else:
            problems += self._contradictions()
        if problems:
            raise SettingsError("\n".join(problems))

    def _contradictions(self) -> list[str]:
        """Refuse what can never work: a request that has no room in the queue, however long."""
        needed = max(self.max_batch_reviews, EXPLAINED)
        if self.queue_reviews >= needed:
            return []
        return [
            f"The setting {PREFIX}QUEUE_REVIEWS is {self.queue_reviews:,}: at least {needed:,} are "
            f"needed, as one request may bring {self.max_batch_reviews:,} reviews "
            f"({PREFIX}MAX_BATCH_REVIEWS), and an explanation counts as {EXPLAINED}"
        ]

    @field_validator("*", mode="before")
    @classmethod
    def _empty_means_default(cls, value: object, info: Any) -> object:
        return cls.model_fields[info.field_name].default if value == "" else value

    @field_validator("feedback", mode="after")
    @classmethod
    def _name_the_store(cls, table: dict[str, Any]) -> dict[str, Any]:
        return {"name": "local", **table}

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(origin.strip() for origin in value.split(",") if origin.strip())


def _unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Refuse what pydantic-settings passes over in silence: a misspelt variable of ours."""
    known = [
        f"{PREFIX}{field}".upper() for field in ApiSettings.model_fields if field != "feedback"
    ]
    return [
        f"The environment variable {variable} is not known. Allowed: {', '.join(known)}, "
        f"{FEEDBACK_PREFIX}NAME, {FEEDBACK_PREFIX}<OPTION>"
        for variable in sorted(environment)
        if variable.upper().startswith(PREFIX)
        and variable.upper() not in known
        and not _names_an_option(variable.upper())
    ]


def _names_an_option(variable: str) -> bool:
    return variable.startswith(FEEDBACK_PREFIX) and all(variable.removeprefix(PREFIX).split("__"))


def _describe(problem: Mapping[str, Any]) -> str:
    variable = PREFIX + "__".join(str(part) for part in problem["loc"]).upper()
    value = str(problem["input"])[:80]
    if problem["type"] == "literal_error":
        return f"The setting {variable} is {value!r}. Allowed: {problem['ctx']['expected']}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"The setting {variable} is {value!r}: {message[0].lower()}{message[1:]}"
