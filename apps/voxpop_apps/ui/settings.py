"""What the page is told by its environment: `VOXPOP_UI_*`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from voxpop import SettingsError

PREFIX = "VOXPOP_UI_"


class UiSettings(BaseSettings):
    """The settings of the page, read from the environment when they are made.

    Raises:
        SettingsError: a variable is unknown or holds something that is not allowed; the message
            lists every such variable.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    host: str = Field("127.0.0.1", description="the address to listen at")
    port: int = Field(
        7860, ge=0, le=65_535, description="the port to listen at; 0 takes a free one"
    )
    revision: str = Field(
        "unknown", description="the commit that it was built from, which `GET /health` tells"
    )
    api_url: str = Field(
        "http://127.0.0.1:8000", pattern=r"^https?://", description="where the API answers"
    )
    api_key: SecretStr | None = Field(None, description="the key that the API asks for")
    auth: Literal["auto", "on", "off"] = Field(
        "auto", description="whether people need a key; `auto`: unless only this machine can call"
    )
    keys_file: Path | None = Field(
        None, description="the file of keys, as the API has one; read again when it changes"
    )
    keys: SecretStr | None = Field(
        None, description="keys without a file: the lines that a file of them would hold"
    )
    api_wait_s: float = Field(
        15.0, gt=0, le=600, description="how long an answer of the API is waited for"
    )
    max_file_mb: int = Field(200, ge=1, description="megabytes of one file of reviews")
    max_users: int = Field(64, ge=1, description="people who are answered at the same time")
    kept_files: int = Field(
        64, ge=1, description="analysed files that can still be looked at, and files that may wait"
    )
    kept_reviews: int = Field(
        500_000,
        ge=1,
        description="reviews of all analysed files that are kept: about 1.3 KB of memory each",
    )
    kept_s: float = Field(
        14_400, gt=0, description="how long an analysed file that nobody looks at is kept"
    )

    def __init__(self, **values: Any) -> None:
        known = {f"{PREFIX}{name}".upper() for name in type(self).model_fields}
        problems = [
            f"{name} is no setting of the page. There are: {', '.join(sorted(known))}"
            for name in sorted(os.environ)
            if name.upper().startswith(PREFIX) and name.upper() not in known
        ]
        try:
            super().__init__(**values)
        except ValidationError as error:
            problems += [
                f"{PREFIX}{'__'.join(map(str, one['loc']))}".upper() + f": {one['msg']}"
                for one in error.errors()
            ]
        if problems:
            raise SettingsError("\n".join(problems))
