"""Runs the API under uvicorn."""

from __future__ import annotations

import functools
import logging
import os
import tempfile
from typing import TYPE_CHECKING

from voxpop import (
    MissingExtraError,
    Plugins,
    Settings,
    StoreError,
    open_registry,
)
from voxpop_apps.api.following.followed import Asked
from voxpop_apps.api.security.guard import Guard
from voxpop_apps.api.settings import ApiSettings
from voxpop_apps.web.garbage import keep_for_good
from voxpop_apps.web.listening import KEEP_ALIVE_S, address_of, listen

try:
    import uvicorn

    from voxpop_apps.api.connections import PROTOCOL
    from voxpop_apps.api.stopping import end_when_told, run
except ImportError as error:
    raise MissingExtraError(
        f"The API needs uvicorn, which cannot be imported ({error}). "
        'Install it with: pip install "voxpop[serve]"'
    ) from error

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

logger = logging.getLogger(__name__)


def make_app(asked: Asked | None = None) -> FastAPI:
    """Make the API of one worker, from its environment alone."""
    from voxpop_apps.api.app import create_app
    from voxpop_apps.api.observability.logs import set_up_server_logs

    settings = ApiSettings()
    set_up_server_logs(settings)
    return create_app(settings, asked=asked, started=keep_for_good)


def serve(settings: ApiSettings, say: Callable[[str], None]) -> None:
    """Serve until told to stop; requests under way are answered first, for `drain_s` at most.

    Workers read their settings from the environment, so `settings` must say what it says.

    Args:
        settings: what the environment says.
        say: tells the person where the API is.

    Raises:
        ReferenceNotFoundError: there is no such alias or version.
        UsageError: the address cannot be listened at.
        SettingsError: the keys are missing, or their file cannot be read.
        MissingExtraError: a library of the extra `serve` is missing.
        VoxpopError: the start failed, or the stop did not go in order; see
            `voxpop_apps.api.stopping`.
    """
    end_when_told()
    asked = _ask(settings)
    Guard(settings)  # what is wrong with the keys is said before anything starts
    listener = listen(settings.host, settings.port)
    listener.set_inheritable(True)  # by other workers
    say(f"{settings.reference} is served at {address_of(listener)} (Ctrl-C ends it)")
    alone = settings.workers == 1  # other workers start later too, and ask for themselves
    config = uvicorn.Config(
        functools.partial(make_app, asked) if alone else "voxpop_apps.api.server:make_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        http=PROTOCOL,
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=max(1, round(settings.drain_s)),
    )
    if alone:
        run(config, listener)
    else:
        with tempfile.TemporaryDirectory(prefix="voxpop-metrics-") as counts:
            os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", counts)  # the workers inherit it
            run(config, listener)


def _ask(settings: ApiSettings) -> Asked:
    """Refuse a reference that is not there; a registry that is away may come back."""
    registry = open_registry(Plugins.load(), Settings())
    try:
        return Asked(registry, registry.resolve(settings.reference))
    except StoreError as error:
        logger.warning("The registry does not answer; what was served before is served: %s", error)
        return Asked(registry, None)
