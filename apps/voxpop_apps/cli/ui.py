"""`voxpop ui`: the web page."""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated

import typer

from voxpop_apps.cli.output import say


def ui(
    serve: Annotated[
        str | None,
        typer.Option(
            "--serve",
            metavar="REFERENCE",
            help="Start the API too, with this version or alias, for this machine alone.",
        ),
    ] = None,
    api_url: Annotated[
        str | None, typer.Option(help="Where the API answers (default http://127.0.0.1:8000).")
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="The address to listen at (default 127.0.0.1).")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65_535, help="The port to listen at (default 7860); 0 takes a free one."
        ),
    ] = None,
) -> None:
    """Show the web page: one review, a file of reviews, the model.

    It asks an API that runs already, or starts one by --serve. Every option, and more, can be set
    by the environment: VOXPOP_UI_API_URL, VOXPOP_UI_API_KEY, VOXPOP_UI_PORT, ...
    """
    from voxpop import UsageError

    # Until the page serves, an end by a signal is an exit, so that an API of its own ends too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if serve is not None and api_url is not None:
        raise UsageError("Say either --serve, for an API of the page's own, or --api-url")
    for name, value in {"HOST": host, "PORT": port, "API_URL": api_url}.items():
        if value is not None:
            os.environ[f"VOXPOP_UI_{name}"] = str(value)
    from voxpop_apps.ui.settings import UiSettings

    if serve is None:
        settings = UiSettings()
        from voxpop_apps.ui.server import serve_page

        serve_page(settings, say)
        return
    from voxpop_apps.cli.own_api import own_api

    with own_api(serve) as address:
        from voxpop_apps.ui.server import serve_page  # takes seconds, as the API does

        os.environ["VOXPOP_UI_API_URL"] = address()
        serve_page(UiSettings(), say)
