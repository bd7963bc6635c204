"""Puts the API together."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.cors import CORSMiddleware

from voxpop import Plugins, open_store
from voxpop_apps.api.errors import (
    ApiError,
    InvalidRequestError,
    MethodNotAllowedError,
    NotFoundError,
)
from voxpop_apps.api.exchange import exchange_of
from voxpop_apps.api.execution import Scorer
from voxpop_apps.api.feedback.desk import FeedbackDesk
from voxpop_apps.api.following.follower import Follower
from voxpop_apps.api.gate import Gate
from voxpop_apps.api.observability.metrics import Metrics
from voxpop_apps.api.observability.tracing import Tracing
from voxpop_apps.api.openapi import complete_openapi
from voxpop_apps.api.problems import respond
from voxpop_apps.api.routes import feedback, health, metrics, model, open_inference, predict
from voxpop_apps.api.security.guard import Guard
from voxpop_apps.api.service import Onlookers, Service, service_of
from voxpop_apps.api.settings import FEEDBACK_PREFIX, ApiSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.responses import Response

    from voxpop_apps.api.following.followed import Asked


def create_app(
    settings: ApiSettings | None = None,
    plugins: Plugins | None = None,
    asked: Asked | None = None,
    started: Callable[[], None] | None = None,
) -> FastAPI:
    """Make the API.

    Args:
        settings: None reads them from the environment.
        plugins: the parts that versions may need; None loads the installed plugins.
        asked: where the reference led a moment ago, when the registry was asked already.
        started: called when what can be loaded is loaded, before the first request.

    Raises:
        SettingsError: the settings do not allow a start, as when keys are needed and missing.
    """
    settings = settings or ApiSettings()
    guard = Guard(settings)
    plugins = plugins or Plugins.load()
    counted = Metrics(drift_window=settings.drift_window)
    follower = Follower(settings, plugins, counted, asked)
    scorer = Scorer(limit=settings.queue_reviews, watchers=Onlookers(follower, counted))
    store = open_store(plugins, settings.feedback, FEEDBACK_PREFIX)
    tracing = Tracing.of(settings)
    desk = FeedbackDesk(settings, store, counted.feedback)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        desk.start()
        await follower.start()
        if started is not None:
            started()
        try:
            yield
        finally:
            await follower.stop()
            scorer.close()
            counted.count_pending()
            await asyncio.to_thread(desk.stop)
            if tracing is not None:
                await asyncio.to_thread(tracing.close)

    app = FastAPI(
        title="Voxpop",
        version=version("voxpop"),
        description="Customer reviews in, sentiment out.",
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
        # The gate traces; FastAPI would look for providers of OpenTelemetry at every request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )

    async def infer(request: Request) -> Response:
        return await open_inference.infer(request, settings.model_name)

    app.state.service = Service(settings, follower, counted, scorer, guard, desk)
    known = list(app.routes)  # `app` itself may show an included router as one route
    for routes in (predict, feedback, model, health, metrics, open_inference):
        app.include_router(routes.router)
        known += routes.router.routes
    app.add_exception_handler(StarletteHTTPException, _refuse_path)
    app.add_exception_handler(RequestValidationError, _refuse_request)
    app.add_middleware(
        Gate,
        settings=settings,
        guard=guard,
        metrics=counted,
        shortcuts={
            ("POST", "/predict"): predict.predict,
            ("POST", f"/v2/models/{settings.model_name}/infer"): infer,
        },
        routes=known,
        tracing=tracing,
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "X-API-Key",
                "X-Deadline-Ms",
                "X-Request-ID",
            ],
            expose_headers=["Retry-After", "X-Model-Version", "X-Request-ID"],
        )
    complete_openapi(app, settings)
    return app


async def _refuse_path(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException | StarletteHTTPException) else 500
    told: ApiError
    if status == 404:
        told = NotFoundError("There is nothing at this path; /openapi.json lists what there is")
    elif status == 405:
        told = MethodNotAllowedError(f"This path does not take {request.method[:20]}")
    else:
        told = InvalidRequestError("The request cannot be read")
    service_of(request).metrics.refused(told.code)
    headers = getattr(error, "headers", None)
    return respond(told, exchange_of(request).request_id, path=request.url.path, headers=headers)


async def _refuse_request(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    problems: list[dict[str, object]] = [
        {"loc": list(one["loc"]), "msg": one["msg"]} for one in found
    ]
    service_of(request).metrics.refused(InvalidRequestError.code)
    told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)
    return respond(
        InvalidRequestError(f"The request is not valid. {told}", problems=problems),
        exchange_of(request).request_id,
        path=request.url.path,
    )
