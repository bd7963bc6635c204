"""`voxpop registry`: versions, aliases, and what happened to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voxpop_apps.cli.exit_codes import ExitCode
from voxpop_apps.cli.output import emit, emit_json, emit_table, say
from voxpop_apps.cli.registry_choice import RegistryName, settings_for

if TYPE_CHECKING:
    from voxpop import Manifest, Registry

registry_app = typer.Typer(
    help="List, show, promote, roll back and pull versions.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Alias = Annotated[str, typer.Option(help="The alias to move.")]
Reference = Annotated[str, typer.Argument(help="A version or an alias.")]


def _open(name: str | None) -> Registry:
    from voxpop import Plugins, open_registry

    return open_registry(Plugins.load(), settings_for(name))


@registry_app.command("list")
def list_versions(name: RegistryName = None, as_json: AsJson = False) -> None:
    """List the versions, newest first, with their aliases and accuracy.

    A version whose manifest is damaged comes last, and the status is 7.
    """
    from voxpop import BundleError

    registry = _open(name)
    aliases: dict[str, list[str]] = {}
    for alias, version in registry.aliases().items():
        aliases.setdefault(version, []).append(alias)
    manifests: dict[str, Manifest] = {}
    damaged: dict[str, str] = {}
    for version in registry.versions():
        try:
            manifests[version] = registry.manifest(version)
        except BundleError as error:
            damaged[version] = str(error)
    newest = sorted(manifests, key=lambda version: manifests[version].created_at, reverse=True)
    rows: list[dict[str, Any]] = [
        {
            "version": version,
            "aliases": sorted(aliases.get(version, [])),
            "created_at": manifests[version].created_at.isoformat(timespec="seconds"),
            "model": manifests[version].parts.model.name,
            "data": manifests[version].parts.data.name,
            "accuracy": manifests[version].metrics.get("accuracy"),
        }
        for version in newest
    ]
    rows += [
        {"version": version, "aliases": sorted(aliases.get(version, [])), "damaged": reason}
        for version, reason in damaged.items()
    ]
    if as_json:
        emit_json(rows)
    else:
        emit_table(
            ["version", "aliases", "created", "model", "data", "accuracy"],
            (
                (
                    row["version"],
                    ", ".join(row["aliases"]),
                    row.get("created_at", "damaged"),
                    row.get("model"),
                    row.get("data"),
                    "" if row.get("accuracy") is None else f"{row['accuracy']:.4f}",
                )
                for row in rows
            ),
        )
    if damaged:
        for reason in damaged.values():
            say(f"damaged: {reason}")
        raise typer.Exit(ExitCode.CORRUPT_BUNDLE)


@registry_app.command("show")
def show_version(
    reference: Reference = "champion", name: RegistryName = None, as_json: AsJson = False
) -> None:
    """Show what a version says of itself."""
    registry = _open(name)
    version = registry.resolve(reference)
    manifest = registry.manifest(version)
    if as_json:
        emit_json({"version": version, **manifest.model_dump(mode="json")})
        return
    parts, data = manifest.parts, manifest.data
    made_by = [
        (kind, f"{record.name} ({record.distribution} {record.version})")
        for kind, record in (
            ("data", parts.data),
            ("tokenizer", parts.tokenizer),
            ("model", parts.model),
        )
    ]
    emit_table(
        ["field", "value"],
        [
            ("version", version),
            ("created", manifest.created_at.isoformat(timespec="seconds")),
            ("labels", ", ".join(manifest.labels)),
            *made_by,
            ("reviews", f"{data.train} train, {data.validation} validation, {data.test} test"),
            *((name, f"{value:.4f}") for name, value in manifest.metrics.items()),
            ("temperature", f"{manifest.calibration.temperature:.3f}"),
            ("git commit", manifest.git_commit or "unknown"),
            ("size", f"{sum(file.bytes for file in manifest.files.values()):,} bytes"),
        ],
    )


@registry_app.command("history")
def show_history(
    alias: Annotated[str, typer.Argument()] = "champion",
    name: RegistryName = None,
    as_json: AsJson = False,
) -> None:
    """Show the moves of an alias, oldest first."""
    from voxpop import ReferenceNotFoundError

    registry = _open(name)
    moves = registry.history(alias)
    if not moves:
        known = ", ".join(registry.aliases()) or "none yet"
        raise ReferenceNotFoundError(f"There is no alias {alias!r}. Known aliases: {known}")
    if as_json:
        emit_json(
            [
                {
                    "at": m.at.isoformat(),
                    "version": m.version,
                    "previous": m.previous,
                    "rollback": m.is_rollback,
                }
                for m in moves
            ]
        )
        return
    emit_table(
        ["at", "version", "previous", "by"],
        [
            (
                m.at.isoformat(timespec="seconds"),
                m.version or "removed",
                m.previous,
                "rollback" if m.is_rollback else "",
            )
            for m in moves
        ],
    )


@registry_app.command("promote")
def promote(
    reference: Reference,
    alias: Alias = "champion",
    expected: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="Refuse unless the alias points at this version now; 'none': unless it is unset.",
        ),
    ] = None,
    name: RegistryName = None,
) -> None:
    """Point an alias at a version, whatever its metrics."""
    registry = _open(name)
    version = registry.resolve(reference)
    if expected is None:
        holder = registry.aliases().get(alias)
    else:
        holder = None if expected == "none" else expected
    registry.move_alias(alias, version, expected=holder)
    say(f"{alias} was {holder or 'unset'}")
    emit(version)


@registry_app.command("rollback")
def roll_back(alias: Alias = "champion", name: RegistryName = None) -> None:
    """Point an alias back at the version that it pointed at before.

    Again goes back further: what was rolled back is not gone to again.
    """
    from voxpop import rollback

    move = rollback(_open(name), alias)
    say(f"{alias} was {move.previous}")
    emit(str(move.version))


@registry_app.command("pull")
def pull(
    reference: Reference,
    into: Annotated[Path, typer.Argument(help="A directory that does not exist yet.")],
    name: RegistryName = None,
) -> None:
    """Fetch a version's bundle, verified, into a directory."""
    registry = _open(name)
    version = registry.resolve(reference)
    registry.fetch(version, into)
    say(f"{version} is in {into}")
    emit(version)


@registry_app.command("publish")
def publish(
    bundle: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="A bundle, such as a run kept that could not publish it."
        ),
    ],
    name: RegistryName = None,
) -> None:
    """Publish a bundle from a directory, verified; no alias moves."""
    registry = _open(name)
    version = registry.publish(bundle)
    say(f"{bundle} is published; to use it: voxpop registry promote {version}")
    emit(version)


@registry_app.command("delete")
def delete(
    version: Annotated[str, typer.Argument(help="A version; an alias must be moved away first.")],
    name: RegistryName = None,
) -> None:
    """Delete a version that no alias points at."""
    _open(name).delete(version)
    say(f"{version} is deleted")


@registry_app.command("gc")
def collect(
    min_age: Annotated[
        float | None,
        typer.Option(
            metavar="HOURS",
            min=0,
            help="Work that began longer ago counts as dead (default 2). Less is safe only while "
            "nobody else works on the registry.",
        ),
    ] = None,
    name: RegistryName = None,
    as_json: AsJson = False,
) -> None:
    """Remove what interrupted work left behind; no published version is touched."""
    from voxpop import StoreRegistry, UsageError

    registry = _open(name)
    if not isinstance(registry, StoreRegistry):
        raise UsageError("This registry tidies up by itself: there is nothing to collect")
    removed = registry.gc() if min_age is None else registry.gc(min_age * 3_600)
    if as_json:
        emit_json(removed)
        return
    for key in removed:
        emit(key)
    say(f"{len(removed)} object{'' if len(removed) == 1 else 's'} removed")
