"""`RunConfig`: a run config that has been read, overridden and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from voxpop.errors import ConfigError
from voxpop.interfaces import Registry
from voxpop.nearest import nearest
from voxpop.parts import (
    DataSourcePart,
    ListenerPart,
    ModelPart,
    Part,
    RegistryPart,
    TokenizerPart,
)
from voxpop.plugins import Plugins
from voxpop.run_config.checking import Selected, check, select
from voxpop.run_config.core_tables import (
    TABLES,
    CoreTables,
    PromotionOptions,
    ReportOptions,
    SplitsOptions,
)
from voxpop.run_config.document import Document, Problem, dotted
from voxpop.run_config.process_registry import open_registry
from voxpop.run_config.toml_text import to_toml
from voxpop.settings import Settings

_MOST_SHOWN = 20

P = TypeVar("P", bound=Part[Any])


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What is trained from what, and where it goes. Paths are relative to the current directory.

    Attributes:
        seed: of the splits and of training.
        splits: how the core cuts what the data source lacks.
        data: the data source and its options.
        tokenizer: the tokenizer and its options.
        model: the model and its options.
        registry: the registry and its options; None when the file names none and the version goes
            to the registry of the process settings.
        promotion: when an alias moves to the new version; None when it never does.
        report: what the version's report may show.
        listeners: those that hear the run.
    """

    seed: int
    splits: SplitsOptions
    data: Selected[DataSourcePart[Any]]
    tokenizer: Selected[TokenizerPart[Any]]
    model: Selected[ModelPart[Any]]
    registry: Selected[RegistryPart[Any]] | None
    promotion: PromotionOptions | None
    report: ReportOptions
    listeners: tuple[Selected[ListenerPart[Any]], ...]
    plugins: Plugins = field(repr=False, compare=False)

    @classmethod
    def load(
        cls, file: Path | str, *, plugins: Plugins, overrides: Iterable[str] = ()
    ) -> RunConfig:
        """Read a TOML file, lay the overrides over it and check the whole.

        Args:
            file: the run config.
            plugins: the parts to choose from.
            overrides: `table.key=value` each, the value as TOML (text needs no quotes).

        Raises:
            ConfigError: the file or an override cannot be used; the message shows every problem.
        """
        return cls._check(Document.read(Path(file)), plugins, overrides)

    @classmethod
    def of(
        cls,
        tables: Mapping[str, Any],
        *,
        plugins: Plugins,
        overrides: Iterable[str] = (),
        where: str = "the run config",
    ) -> RunConfig:
        """Check the tables of a run config that stands in no file; `where` names it in messages.

        Raises:
            ConfigError: the tables or an override cannot be used; the message shows every problem.
        """
        return cls._check(Document(where, dict(tables)), plugins, overrides)

    @classmethod
    def _check(cls, document: Document, plugins: Plugins, overrides: Iterable[str]) -> RunConfig:
        document.override(overrides)
        tables, problems = document.tables, document.problems
        for name in tables:
            if name not in TABLES:
                allowed = ", ".join(TABLES)
                problems.append(
                    Problem(
                        (name,), f"unknown table or key. Allowed: {allowed}{nearest(name, TABLES)}"
                    )
                )
        core = _check_core(tables, problems)
        data = _select_table(plugins, DataSourcePart, tables, problems)
        tokenizer = _select_table(plugins, TokenizerPart, tables, problems)
        model = _select_table(plugins, ModelPart, tables, problems)
        registry = None
        if tables.get("registry") is not None:
            registry = _select_table(plugins, RegistryPart, tables, problems)
        listeners = _select_listeners(plugins, tables.get("listeners"), problems)
        if problems or core is None or data is None or tokenizer is None or model is None:
            raise ConfigError(_report(document))
        return cls(
            seed=core.seed,
            splits=core.splits,
            data=data,
            tokenizer=tokenizer,
            model=model,
            registry=registry,
            promotion=core.promotion,
            report=core.report,
            listeners=listeners,
            plugins=plugins,
        )

    def open_registry(self, settings: Settings | None = None) -> Registry:
        """Open the registry that this run config names, or else that of the process settings."""
        if self.registry is not None:
            return self.registry.part.open(self.registry.options)
        return open_registry(self.plugins, settings or Settings())

    def filled(self) -> dict[str, Any]:
        """Give the run config with every option explicit, JSON-able; `of` takes it back."""
        tables: dict[str, Any] = {
            "seed": self.seed,
            "data": self.data.filled(),
            "splits": self.splits.model_dump(mode="json"),
            "tokenizer": self.tokenizer.filled(),
            "model": self.model.filled(),
        }
        if self.registry is not None:
            tables["registry"] = self.registry.filled()
        if self.promotion is not None:
            tables["promotion"] = self.promotion.model_dump(mode="json")
        tables["report"] = self.report.model_dump(mode="json")
        if self.listeners:
            tables["listeners"] = [listener.filled() for listener in self.listeners]
        return tables

    def to_toml(self) -> str:
        """Write the run config with every option explicit, as TOML."""
        return to_toml(self.filled())


def _check_core(tables: Mapping[str, Any], problems: list[Problem]) -> CoreTables | None:
    own = {
        name: tables[name]
        for name in CoreTables.model_fields
        if tables.get(name) is not None  # what `filled` gives for "not set"
    }
    return check(CoreTables, own, (), f"the core (voxpop {version('voxpop')})", problems)


def _select_table(
    plugins: Plugins, kind: type[P], tables: Mapping[str, Any], problems: list[Problem]
) -> Selected[P] | None:
    if kind.table not in tables:
        names = ", ".join(part.name for part in plugins.all(kind)) or "none"
        problems.append(
            Problem(
                (kind.table,),
                f"the table [{kind.table}] is missing; its name selects the {kind.kind}. "
                f"Available: {names}",
            )
        )
        return None
    return select(plugins, kind, tables[kind.table], (kind.table,), problems)


def _select_listeners(
    plugins: Plugins, tables: object, problems: list[Problem]
) -> tuple[Selected[ListenerPart[Any]], ...]:
    if tables is None:
        return ()
    if not isinstance(tables, list | tuple):
        problems.append(
            Problem(
                ("listeners",), "must be a list of tables: write [[listeners]], in two brackets"
            )
        )
        return ()
    chosen = [
        select(plugins, ListenerPart, table, ("listeners", index), problems)
        for index, table in enumerate(tables)
    ]
    return tuple(listener for listener in chosen if listener is not None)


def _report(document: Document) -> str:
    """Write every problem on a line of its own: where, which key, what."""
    problems = document.problems
    count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
    places = [  # what is wrong with an override as such names it already
        "" if problem.message.startswith("--set ") else document.locate(problem.key)
        for problem in problems
    ]
    of_overrides = all(place.startswith("--set") or not place for place in places)
    lines = [f"What --set lays over {document.where} has {count}:"]
    if not of_overrides:
        lines = [f"{document.where} has {count}:"]
    for place, problem in zip(places[:_MOST_SHOWN], problems, strict=False):
        key = f"{dotted(problem.key)}: " if problem.key else ""
        lines.append(f"  {f'{place}: ' if place else ''}{key}{problem.message}")
    if len(problems) > _MOST_SHOWN:
        lines.append(f"  ... and {len(problems) - _MOST_SHOWN} more")
    lines.append("Options of a part: voxpop plugins show NAME")
    return "\n".join(lines)
