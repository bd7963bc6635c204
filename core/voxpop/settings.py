"""What a running process is told by its environment; never what is trained."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from voxpop.errors import SettingsError, StoreAccessError, StoreError, StoreFullError
from voxpop.nearest import nearest

PREFIX = "VOXPOP_"
APP_PREFIXES = ("VOXPOP_API_", "VOXPOP_UI_")  # each app refuses unknown names under its own
REGISTRY_PREFIX = "VOXPOP_REGISTRY__"
DEFAULT_REGISTRY = "local"

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class Settings(BaseSettings):
    """The settings of this process, read from the environment when it is made.

    Attributes:
        home: `VOXPOP_HOME`, the folder of the local registry, caches and runs; absolute.
        plugins: `VOXPOP_PLUGINS`, the plugins to load, separated by commas; None (unset) loads all,
            empty loads none.
        log_level: `VOXPOP_LOG_LEVEL`.
        registry: the table of the process's registry: `VOXPOP_REGISTRY__NAME=s3`,
            `VOXPOP_REGISTRY__BUCKET=...`. Checked by the registry part that it names.

    Raises:
        SettingsError: a variable is unknown or holds something that is not allowed; the message
            lists every such variable.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    home: Path = Path("~/.voxpop")
    plugins: Annotated[tuple[str, ...] | None, NoDecode] = None
    log_level: LogLevel = "WARNING"
    # A registry's options are text here; NoDecode keeps a bucket called "123" from turning to 123.
    registry: Annotated[dict[str, Any], NoDecode] = {}

    def __init__(self, **values: Any) -> None:
        problems = _unknown_variables(os.environ)
        try:
            super().__init__(**values)
        except ValidationError as error:
            problems += [
                _describe(dict(problem))
                for problem in error.errors()
                if problem["loc"] != ("registry",)  # VOXPOP_REGISTRY itself: refused above
            ]
        if problems:
            raise SettingsError("\n".join(problems))

    @field_validator("home", "log_level", mode="before")
    @classmethod
    def _empty_means_default(cls, value: object, info: Any) -> object:
        return cls.model_fields[info.field_name].default if value == "" else value

    @field_validator("home", mode="after")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        try:
            return Path(os.path.abspath(home.expanduser()))  # noqa: PTH100 - links stay as they are
        except RuntimeError as error:  # there is no home folder to put in the place of ~
            raise ValueError(f"{error}; give an absolute path") from error

    @field_validator("plugins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("registry", mode="after")
    @classmethod
    def _name_the_registry(cls, registry: dict[str, Any]) -> dict[str, Any]:
        return {"name": DEFAULT_REGISTRY, **registry}


def cache_directory(name: str) -> Path:
    """Give the folder `cache/<name>` below `VOXPOP_HOME`; it is made when it is missing.

    Raises:
        StoreAccessError: the folder cannot be made or written to.
        StoreFullError: no room is left for it.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name):
        raise ValueError(f"a cache's name is lower-case letters, digits, '.', '_', '-': {name!r}")
    directory = Settings().home / "cache" / name
    where = f"The cache folder {directory} (below VOXPOP_HOME)"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFullError(
                f"{where} cannot be made: {reason}. Make room, or point VOXPOP_HOME at another disk"
            ) from error
        kind = (
            StoreAccessError
            if isinstance(error, PermissionError | FileExistsError | NotADirectoryError)
            or error.errno == errno.EROFS
            else StoreError
        )
        raise kind(
            f"{where} cannot be made: {reason}. Point VOXPOP_HOME at a folder that you may write to"
        ) from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise StoreAccessError(
            f"{where} cannot be written to. Point VOXPOP_HOME at a folder that you may write to"
        )
    return directory


def _unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Refuse what pydantic-settings passes over in silence: a misspelt variable of ours."""
    known = [f"{PREFIX}{field}".upper() for field in Settings.model_fields if field != "registry"]
    problems = []
    for variable in sorted(environment):
        name = variable.upper()  # pydantic-settings reads names in any case
        if not name.startswith(PREFIX) or name in known or name.startswith(APP_PREFIXES):
            continue
        if name.startswith(REGISTRY_PREFIX):
            if all(name.removeprefix(PREFIX).split("__")):
                continue
            hint = ""
        elif name.startswith(f"{PREFIX}REGISTRY"):
            option = name.removeprefix(f"{PREFIX}REGISTRY").strip("_") or "NAME"
            hint = f". Did you mean {f'{REGISTRY_PREFIX}{option}'!r}?"
        else:
            hint = nearest(name, known)
        problems.append(
            f"The environment variable {variable} is not known. Allowed: {', '.join(known)}, "
            f"{REGISTRY_PREFIX}NAME, {REGISTRY_PREFIX}<OPTION>{hint}"
        )
    return problems


def _describe(problem: Mapping[str, Any]) -> str:
    variable = PREFIX + "__".join(str(part) for part in problem["loc"]).upper()
    value = str(problem["input"])[:80]
    if problem["type"] == "literal_error":
        return f"The setting {variable} is {value!r}. Allowed: {problem['ctx']['expected']}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"The setting {variable} is {value!r}: {message[0].lower()}{message[1:]}"
