"""The typed records that hooks return. A part offers functions, so no unfitted object exists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from voxpop.events import Listener
from voxpop.interfaces import Model, ObjectStore, Registry, Splits, Task, Tokenizer


class PartConfig(BaseModel):
    """The options of a part, as they stand in its table of a run config.

    Strict: unknown keys are refused. Cheap to import. No field is called `name`, because the
    table's `name` selects the part.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


C = TypeVar("C", bound=PartConfig)


@dataclass(frozen=True, kw_only=True)
class Part(Generic[C]):
    """Something usable that a plugin offers, under a kebab-case name."""

    kind: ClassVar[str]  # as messages say it
    table: ClassVar[str]  # the run config's table that selects it
    name: str
    summary: str  # one line
    config: type[C]


@dataclass(frozen=True, kw_only=True)
class DataSourcePart(Part[C]):
    """Reads labelled reviews."""

    kind: ClassVar[str] = "data source"
    table: ClassVar[str] = "data"
    load: Callable[[C, Listener], Splits]


@dataclass(frozen=True, kw_only=True)
class TokenizerPart(Part[C]):
    """Turns texts into token ids. `load` needs nothing but the directory that `save` wrote."""

    kind: ClassVar[str] = "tokenizer"
    table: ClassVar[str] = "tokenizer"
    fit: Callable[[C, Iterable[str]], Tokenizer]
    load: Callable[[Path], Tokenizer]


@dataclass(frozen=True, kw_only=True)
class ModelPart(Part[C]):
    """Turns token ids into class probabilities. `fit` may import Keras; `load` may not."""

    kind: ClassVar[str] = "model"
    table: ClassVar[str] = "model"
    fit: Callable[[C, Task], Model]
    load: Callable[[Path], Model]


@dataclass(frozen=True, kw_only=True)
class RegistryPart(Part[C]):
    """Keeps versions and aliases."""

    kind: ClassVar[str] = "registry"
    table: ClassVar[str] = "registry"
    open: Callable[[C], Registry]


@dataclass(frozen=True, kw_only=True)
class StorePart(Part[C]):
    """Keeps bytes under keys."""

    kind: ClassVar[str] = "store"
    table: ClassVar[str] = "store"
    open: Callable[[C], ObjectStore]


@dataclass(frozen=True, kw_only=True)
class ListenerPart(Part[C]):
    """Hears the events of a run."""

    kind: ClassVar[str] = "listener"
    table: ClassVar[str] = "listeners"
    open: Callable[[C], Listener]


AnyPart = (
    DataSourcePart[Any]
    | TokenizerPart[Any]
    | ModelPart[Any]
    | RegistryPart[Any]
    | StorePart[Any]
    | ListenerPart[Any]
)
