"""`voxpop train` and `voxpop evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxpop_apps.cli.output import emit, emit_json, emit_table, say
from voxpop_apps.cli.progress import shown_progress
from voxpop_apps.cli.registry_choice import RegistryName, settings_for

if TYPE_CHECKING:
    from voxpop import TrainedVersion

Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the file; repeatable."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def train(
    config: Annotated[Path, typer.Argument(help="The run config, a TOML file.")],
    overrides: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Train a version as a file says.

    The version is published, and promoted if the run config asks for it and it is better.
    """
    from voxpop import Plugins, RunConfig
    from voxpop import train as train_version

    plugins = Plugins.load()
    run = RunConfig.load(config, plugins=plugins, overrides=overrides or ())
    with shown_progress() as listen:
        trained = train_version(run, plugins=plugins, listeners=[listen])
    if as_json:
        emit_json(trained_summary(trained))
    else:
        emit(trained.version)


def trained_summary(trained: TrainedVersion) -> dict[str, object]:
    """Say what a run made, for programs."""
    from voxpop import AliasMoved

    outcome = trained.promotion
    return {
        "version": trained.version,
        "metrics": dict(trained.manifest.metrics),
        "rows": trained.manifest.data.model_dump(include={"train", "validation", "test"}),
        "promotion": outcome
        and {
            "alias": outcome.alias,
            "moved": isinstance(outcome, AliasMoved),
            "reason": getattr(outcome, "reason", None),
            "holder": getattr(outcome, "holder", trained.version),
            "beaten": getattr(outcome, "beaten", None),
        },
    }


def evaluate(
    reference: Annotated[str, typer.Argument(help="A version or an alias.")] = "champion",
    config: Annotated[
        Path | None,
        typer.Option(help="Measure on the test split of this run config, not of its own."),
    ] = None,
    overrides: Overrides = None,
    registry: RegistryName = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write the report there, too: report.html, metrics.json, figures."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a version on test reviews.

    They are those of a run config, by default the one that it was trained by.
    """
    from voxpop import Plugins, RunConfig, load
    from voxpop import evaluate as evaluate_version

    plugins = Plugins.load()
    classifier = load(reference, plugins=plugins, settings=settings_for(registry))
    if config is None:
        run = RunConfig.of(
            classifier.manifest.run_config,
            plugins=plugins,
            overrides=overrides or (),
            where=f"the run config of {classifier.version}",
        )
    else:
        run = RunConfig.load(config, plugins=plugins, overrides=overrides or ())
    with shown_progress() as listen:
        measured = evaluate_version(classifier, run, report=out, listen=listen)
    if out is not None:
        say(f"The report is {out / 'report.html'}")
    if as_json:
        emit_json({"version": classifier.version, **measured.to_json()})
        return
    emit_table(["metric", "value"], [(k, f"{v:.4f}") for k, v in measured.metrics.items()])
