"""`voxpop serve`: the API; `voxpop api-key`: who may call it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from voxpop_apps.cli.output import emit, emit_json, emit_table, say

api_key_app = typer.Typer(help="Make, list and remove the API's keys.", no_args_is_help=True)

KeysFile = Annotated[
    Path,
    typer.Option(
        "--file", "-f", envvar="VOXPOP_API_KEYS_FILE", help="The file of keys that the API reads."
    ),
]


def serve(
    host: Annotated[
        str | None, typer.Option(help="The address to listen at (default 127.0.0.1).")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65_535, help="The port to listen at (default 8000); 0 takes a free one."
        ),
    ] = None,
    reference: Annotated[
        str | None, typer.Option("--model", "-m", help="The version or alias to serve (champion).")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that answer, each with its model (default 1)."),
    ] = None,
    keys_file: Annotated[
        Path | None, typer.Option(help="The file of API keys; see `voxpop api-key`.")
    ] = None,
    auth: Annotated[
        str | None, typer.Option(help="Whether callers need a key: auto, on or off.")
    ] = None,
) -> None:
    """Serve a version over HTTP until Ctrl-C; requests under way are answered first.

    Every option, and more, can be set by the environment: VOXPOP_API_HOST, VOXPOP_API_PORT, ...
    """
    given = {
        "HOST": host,
        "PORT": port,
        "REFERENCE": reference,
        "WORKERS": workers,
        "KEYS_FILE": keys_file,
        "AUTH": auth,
    }
    for name, value in given.items():  # workers read their settings from the environment
        if value is not None:
            os.environ[f"VOXPOP_API_{name}"] = str(value)
    from voxpop_apps.api.server import serve as serve_api
    from voxpop_apps.api.settings import ApiSettings

    serve_api(ApiSettings(), say)


@api_key_app.command("new")
def new(name: Annotated[str, typer.Argument(help="Whose key it is.")], file: KeysFile) -> None:
    """Make a key, add it to the file and print it; it cannot be shown again.

    The API takes it within a second, without a restart.
    """
    from voxpop import UsageError
    from voxpop_apps.web.keys import new_key, read_keys

    key, line = new_key(name)
    if file.exists() and any(owner == name for _, owner in read_keys(file)):
        raise UsageError(f"{file} has a key of {name!r} already: choose another name")
    _write(file, file.read_text(encoding="utf-8") if file.exists() else "", line)
    emit(key)


@api_key_app.command("list")
def list_keys(
    file: KeysFile,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Print the names of the keys in the file, with the beginnings of their digests."""
    from voxpop_apps.web.keys import read_keys

    keys = [(name, digest.hex()[:12]) for digest, name in read_keys(file)]
    if as_json:
        emit_json([{"name": name, "sha256": digest} for name, digest in keys])
        return
    emit_table(["name", "sha256"], keys)


@api_key_app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="Whose key it is.")], file: KeysFile) -> None:
    """Remove a key from the file; the API refuses it within a second.

    The last one stays: a running API takes a file without a key for a fault, and keeps its keys.
    """
    from voxpop import UsageError
    from voxpop_apps.web.keys import read_keys

    owners = {owner for _, owner in read_keys(file)}
    if name not in owners:
        raise UsageError(f"{file} has no key of {name!r}. See: voxpop api-key list --file {file}")
    if owners == {name}:
        raise UsageError(
            f"{name!r} has the only key in {file}, and the API needs one: make another first by "
            f"voxpop api-key new NAME --file {file}"
        )
    lines = file.read_text(encoding="utf-8").splitlines()
    _write(file, "\n".join(line for line in lines if line.split()[:1] != [name]))


def _write(file: Path, *pieces: str) -> None:
    """Write the file anew, readable by its owner alone; the API sees the old one or the new one."""
    from voxpop import StoreError

    text = "\n".join(piece.rstrip("\n") for piece in pieces if piece.strip())
    fresh = file.with_name(f".{file.name}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            stream.write(text + "\n" if text else "")
        fresh.replace(file)
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror}") from error
