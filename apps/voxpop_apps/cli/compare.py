"""`voxpop compare`: two versions on the same test reviews."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxpop_apps.cli.output import emit, emit_json, emit_table
from voxpop_apps.cli.progress import shown_progress
from voxpop_apps.cli.registry_choice import RegistryName, settings_for

if TYPE_CHECKING:
    from voxpop import ComparedVersions


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A version or an alias.")],
    second: Annotated[
        str, typer.Argument(metavar="B", help="The version or alias to compare it with.")
    ] = "champion",
    config: Annotated[
        Path | None,
        typer.Option(help="Compare on the test split of this run config, not of A's own."),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of it; repeatable."),
    ] = None,
    registry: RegistryName = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Measure two versions on the same test reviews, and say whether their accuracy differs.

    The difference has a 95 % interval and the p-value of McNemar's test: how often chance alone
    makes two equally good versions differ so much. docs/metrics.md says what each metric means.
    """
    from voxpop import Plugins, RunConfig, load
    from voxpop import compare as compare_versions

    plugins = Plugins.load()
    settings = settings_for(registry)
    pair = [load(reference, plugins=plugins, settings=settings) for reference in (first, second)]
    if config is None:
        run = RunConfig.of(
            pair[0].manifest.run_config,
            plugins=plugins,
            overrides=overrides or (),
            where=f"the run config of {pair[0].version}",
        )
    else:
        run = RunConfig.load(config, plugins=plugins, overrides=overrides or ())
    with shown_progress() as listen:
        compared = compare_versions(pair[0], pair[1], run, listen=listen)
    if as_json:
        emit_json(compared.to_json())
        return
    metrics = [evaluation.metrics for evaluation in compared.evaluations]
    emit_table(
        ["metric", compared.first, compared.second, "difference"],
        [
            (name, f"{metrics[0][name]:.4f}", f"{metrics[1][name]:.4f}", f"{difference:+.4f}")
            for name, difference in compared.differences().items()
        ],
    )
    emit(_sentence(compared))


def _sentence(compared: ComparedVersions) -> str:
    paired = compared.accuracy
    low, high = paired.interval
    return (
        f"Of {paired.rows:,} reviews, {compared.first} alone has {paired.first_only:,} right and "
        f"{compared.second} alone {paired.second_only:,}: accuracy differs by "
        f"{paired.difference:+.4f} (95 % interval {low:+.4f} to {high:+.4f}; "
        f"McNemar's test: p = {paired.p_value:.3g})"
    )
