"""Serves the page, and the reports, workbooks and reviews of the files that people gave."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from voxpop import MissingExtraError
from voxpop_apps.ui.settings import UiSettings
from voxpop_apps.web.garbage import keep_for_good
from voxpop_apps.web.listening import KEEP_ALIVE_S, address_of, listen

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Gradio keeps uploads where the jobs are, and they end together; it asks for the place this early.
_FOLDER = Path(tempfile.gettempdir(), f"voxpop-files-{secrets.token_hex(8)}")
os.environ["GRADIO_TEMP_DIR"] = str(_FOLDER / "uploads")

try:
    import gradio as gr
    import uvicorn
    from fastapi import FastAPI, HTTPException, Request
    from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse

    from voxpop_apps.ui.api_client import ApiClient, ApiTroubleError
    from voxpop_apps.ui.entrance import Entrance, keys_of
    from voxpop_apps.ui.jobs import Jobs
    from voxpop_apps.ui.page import THEME, build_page, script, style
    from voxpop_apps.ui.page_style import plain_page
    from voxpop_apps.ui.reviews_page import reviews_page
except ImportError as error:
    raise MissingExtraError(
        f"The page needs gradio, which cannot be imported ({error}). "
        'Install it with: pip install "voxpop[ui]"'
    ) from error

if TYPE_CHECKING:
    from voxpop_apps.ui.file_job import FileJob

_KEPT = ("report.html", "insights.xlsx", "scored.csv")
_ALONE = {  # what a file's author wrote is shown, and nothing in it runs
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_app(settings: UiSettings) -> FastAPI:
    """Make the app; its jobs end with it.

    Raises:
        SettingsError: keys are needed and there are none, or their file cannot be read.
    """
    keys = keys_of(settings)
    client = ApiClient(settings)
    jobs = Jobs(client, settings, _FOLDER)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        jobs.close()
        client.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None)

    @app.exception_handler(HTTPException)
    def told(request: Request, error: HTTPException) -> HTMLResponse:
        return HTMLResponse(
            plain_page(str(error.detail), "<p><a href='/?tab=file'>To the page</a></p>"),
            error.status_code,
            headers=_ALONE,
        )

    def done(number: str) -> FileJob:
        job = jobs.find(number)
        if job is None or job.page is None:
            raise HTTPException(404, "This file is not here any more: drop it again.")
        return job

    @app.get("/health/live", response_class=PlainTextResponse)
    def live() -> str:
        return "alive\n"

    @app.get("/health")
    def health() -> dict[str, str]:
        try:
            status = str(client.health()["status"])
        except ApiTroubleError:  # which trouble is no business of everybody who can ask
            status = "no-api"
        return {"status": status, "revision": settings.revision}

    @app.get("/files/{number}/")
    def report(number: str) -> HTMLResponse:
        job = done(number)
        assert job.page is not None  # noqa: S101 - `done` saw it
        return HTMLResponse(job.page.html, headers=_ALONE)

    @app.get("/files/{number}/reviews/{sheet}")
    def reviews(number: str, sheet: int, page: int = 1, q: str = "") -> HTMLResponse:
        shown = reviews_page(done(number), sheet, page, q)
        if shown is None:
            raise HTTPException(404, "There is no such figure.")
        return HTMLResponse(shown, headers=_ALONE | {"Content-Security-Policy": _FORMS})

    @app.get("/files/{number}/{name}")
    def kept(number: str, name: str) -> FileResponse:
        job = done(number)
        if name not in _KEPT:
            raise HTTPException(404, "There is no such file.")
        return FileResponse(job.folder / name, filename=f"{job.name}-{name}", headers=_ALONE)

    mounted: FastAPI = gr.mount_gradio_app(
        app,
        build_page(client, jobs, settings),
        path="/",
        footer_links=[],
        theme=THEME,
        css=style(),
        head=script(),
        max_file_size=settings.max_file_mb * 1_000_000,
        ssr_mode=False,
        mcp_server=False,
    )
    if keys is not None:
        mounted.add_middleware(Entrance, keys=keys)
    return mounted


_FORMS = f"{_ALONE['Content-Security-Policy']}; form-action 'self'"


def _is_no_end(record: logging.LogRecord) -> bool:
    """Leave out what an end does to pages that are open: it is no fault."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, asyncio.CancelledError)


def serve_page(settings: UiSettings, say: Callable[[str], None]) -> None:
    """Serve the page until told to stop.

    Args:
        settings: what the environment says.
        say: tells the person where the page is.

    Raises:
        UsageError: the address cannot be listened at.
        SettingsError: keys are needed and there are none, or their file cannot be read.
        MissingExtraError: a library of the extra `ui` is missing.
    """
    listener = listen(settings.host, settings.port)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_no_end)
    app = create_app(settings)
    keep_for_good()
    say(f"The page is at {address_of(listener)} (Ctrl-C ends it)")
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    for sent in (signal.SIGTERM, signal.SIGINT):
        # Heard before uvicorn listens to signals, and once more when it raises them in the end.
        signal.signal(sent, server.handle_exit)
    server.run(sockets=[listener])
