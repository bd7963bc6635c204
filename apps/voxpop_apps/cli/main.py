"""The command `voxpop`.

Command modules import only typer and the standard library at their top: the core and everything
heavier is imported inside the command that needs it, so that `voxpop --help` answers at once and no
broken plugin can break it.
"""

from __future__ import annotations

import itertools
import sys
from typing import Annotated

import typer

from voxpop_apps.cli.compare import compare
from voxpop_apps.cli.config import config_app
from voxpop_apps.cli.data import data_app
from voxpop_apps.cli.demo import demo
from voxpop_apps.cli.exit_codes import EXIT_CODES, ExitCode
from voxpop_apps.cli.feedback import feedback_app
from voxpop_apps.cli.insights import insights
from voxpop_apps.cli.output import STDOUT, emit, say
from voxpop_apps.cli.plugins import plugins_app
from voxpop_apps.cli.predict import predict
from voxpop_apps.cli.registry import registry_app
from voxpop_apps.cli.score import score
from voxpop_apps.cli.serve import api_key_app, serve
from voxpop_apps.cli.train import evaluate, train
from voxpop_apps.cli.ui import ui

app = typer.Typer(
    name="voxpop",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo)
app.command()(train)
app.command()(evaluate)
app.command()(compare)
app.command()(predict)
app.command()(score)
app.command()(insights)
app.command()(serve)
app.command()(ui)
app.add_typer(api_key_app, name="api-key")
app.add_typer(config_app, name="config")
app.add_typer(data_app, name="data")
app.add_typer(feedback_app, name="feedback")
app.add_typer(registry_app, name="registry")
app.add_typer(plugins_app, name="plugins")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        emit(f"voxpop {version('voxpop')}")
        raise typer.Exit


@app.callback()
def voxpop(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks and every log line.")
    ] = False,
) -> None:
    """Turn customer reviews into sentiment that a brand can act on."""
    if not _asks_for_help():  # help must not depend on settings
        from voxpop_apps.cli.logs import set_up_logs

        set_up_logs(debug)


def main() -> None:
    """Run the command line; every user's mistake ends in one message and a documented status."""
    STDOUT.keep(is_shared=_asks_for_help())
    status: str | int | None = ExitCode.FAILED  # of a bug, which shows its traceback
    try:
        status = _run()
    finally:
        fault = STDOUT.close()
    if fault is not None and not status:
        if fault:
            say(f"voxpop: {fault}")
        status = ExitCode.STORE if fault else ExitCode.FAILED
    raise SystemExit(status)


def _run() -> str | int | None:
    """Run the command line and give its status."""
    try:
        app(prog_name="voxpop")
    except SystemExit as end:
        if end.code == ExitCode.INTERRUPTED:
            say("voxpop: interrupted; nothing half-written is left")
        if STDOUT.is_closed and _asks_for_help():
            say("voxpop: stdout is closed, so there is nowhere to print to")
            return ExitCode.STORE
        return end.code
    except Exception as error:
        from voxpop import RunStopped, VoxpopError

        if isinstance(error, OSError) and _asks_for_help():
            return ExitCode.OK  # the stream is full; closing it tells
        expected = isinstance(error, VoxpopError | RunStopped)
        if not expected or "--debug" in sys.argv:
            raise
        say(f"voxpop: {error}")
        code = getattr(error, "code", "error")
        return EXIT_CODES.get(code, ExitCode.FAILED)
    return ExitCode.OK


def _asks_for_help() -> bool:
    options = itertools.takewhile("--".__ne__, sys.argv[1:])
    return not {"-h", "--help"}.isdisjoint(options)
