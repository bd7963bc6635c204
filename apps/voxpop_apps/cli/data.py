"""`voxpop data`: get reviews as Parquet shards, put them into a store, check them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxpop_apps.cli.exit_codes import ExitCode
from voxpop_apps.cli.output import emit, emit_json, emit_table, say
from voxpop_apps.cli.progress import shown_progress

if TYPE_CHECKING:
    from voxpop import DatasetManifest, ObjectStore

data_app = typer.Typer(
    help="Fetch reviews, put them into a store, check them.", no_args_is_help=True
)

AMAZON_POLARITY = "fancyzhx/amazon_polarity"

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Options = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="OPTION=VALUE", help="An option of the source or store; repeatable."
    ),
]


@data_app.command("fetch")
def fetch(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where the data set goes; empty or not there yet.")
    ],
    source: Annotated[
        str, typer.Option(metavar="NAME", help="The data source that the reviews come from.")
    ] = "huggingface",
    options: Options = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over a data set that is there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the reviews of a data source as Parquet shards; by default Amazon's, from the Hub."""
    from voxpop import DataSourcePart, Plugins, choose_part, fetch_shards

    plugins = Plugins.load()
    preset = {"path": AMAZON_POLARITY} if source == "huggingface" else {}
    chosen = choose_part(plugins, DataSourcePart, source, options or (), preset)
    with shown_progress() as listen:
        manifest = fetch_shards(chosen, directory, plugins=plugins, replace=replace, listen=listen)
    say(f"{directory} is written: {_size(manifest)}")
    _show(manifest, as_json)


@data_app.command("push")
def push(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="What `voxpop data fetch` has written.")
    ],
    store: Annotated[str, typer.Option(metavar="NAME", help="The store to put it into.")] = "s3",
    options: Options = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take another data set that is there away.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a data set into a store; files that are there already are not sent again."""
    from voxpop import push_shards

    opened = _open(store, options)
    with shown_progress() as listen:
        pushed = push_shards(directory, opened, replace=replace, listen=listen)
    say(
        f"{len(pushed.sent)} files sent, {len(pushed.kept)} were there already, "
        f"{len(pushed.deleted)} deleted"
    )
    if as_json:
        emit_json({"sent": pushed.sent, "kept": pushed.kept, "deleted": pushed.deleted})
        return
    for path in pushed.sent:
        emit(path)


@data_app.command("check")
def check(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="A data set on this machine.")
    ] = None,
    store: Annotated[
        str | None, typer.Option(metavar="NAME", help="Check what this store holds instead.")
    ] = None,
    options: Options = None,
    download: Annotated[
        bool,
        typer.Option(
            "--download", help="Fetch every file of the store and hash it, whatever the store says."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare a data set with its manifest; the status is 5 when something differs.

    Every file that is missing, changed or extra is printed.
    """
    from voxpop import UsageError, check_directory, check_store

    if (directory is None) == (store is None):
        raise UsageError("Name what to check: a directory, or --store NAME, and not both")
    if store is None and (options or download):
        raise UsageError("--set and --download are about a store: name it with --store")
    with shown_progress() as listen:
        if directory is not None:
            manifest, flaws = check_directory(directory, listen)
        else:
            manifest, flaws = check_store(_open(str(store), options), listen, download=download)
    if as_json:
        emit_json(
            {
                "sound": not flaws,
                "flaws": [{"path": flaw.path, "kind": flaw.kind} for flaw in flaws],
                "manifest": manifest.model_dump(mode="json"),
            }
        )
    elif flaws:
        emit_table(["kind", "path"], [(flaw.kind, flaw.path) for flaw in flaws])
    if flaws:
        say(f"{len(flaws)} of {len(manifest.files)} files are not as the manifest says")
        raise typer.Exit(ExitCode.BAD_DATA)
    say(f"as the manifest says: {_size(manifest)}")


def _open(name: str, options: list[str] | None) -> ObjectStore:
    from voxpop import Plugins, StorePart, choose_part

    chosen = choose_part(Plugins.load(), StorePart, name, options or ())
    opened: ObjectStore = chosen.part.open(chosen.options)
    return opened


def _size(manifest: DatasetManifest) -> str:
    rows = ", ".join(f"{split.rows:,} {name}" for name, split in manifest.splits.items())
    return f"{rows} reviews in {len(manifest.files)} files, {manifest.size:,} bytes"


def _show(manifest: DatasetManifest, as_json: bool) -> None:
    if as_json:
        emit_json(manifest.model_dump(mode="json"))
        return
    emit_table(
        ["split", "reviews", *manifest.labels],
        [(name, split.rows, *split.labels.values()) for name, split in manifest.splits.items()],
    )
