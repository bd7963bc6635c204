"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from voxpop_apps.api.errors import ModelNotReadyError
from voxpop_apps.api.service import service_of

router = APIRouter(tags=["health"])


class Status(BaseModel):
    """How the server is."""

    status: str = Field(description="`ok`")


class Health(BaseModel):
    """How the server is, in detail."""

    status: str = Field(description="`ok`, or `not-ready` before a version is loaded")
    version: str | None = Field(description="the version that answers")
    revision: str = Field(description="the commit that the server was built from, or `unknown`")
    waiting_reviews: int = Field(description="reviews that wait or are worked on")
    registry_up: bool = Field(description="whether the registry answered when it was last asked")
    following: list[dict[str, Any]] = Field(description="each alias that is followed")


@router.get("/health/live", response_model=Status, summary="Whether the process lives")
async def live() -> JSONResponse:
    """Answer as long as the process can answer at all; no key is needed."""
    return JSONResponse({"status": "ok"})


@router.get("/health/ready", response_model=Status, summary="Whether reviews can be answered")
async def ready(request: Request) -> JSONResponse:
    """Answer once a version is loaded; before that it is a 503. No key is needed."""
    check_ready(request)
    return JSONResponse({"status": "ok"})


@router.get("/health", response_model=Health, summary="How the server is, in detail")
async def health(request: Request) -> JSONResponse:
    """Tell what serves, what waits and what is followed; always a 200."""
    service = service_of(request)
    served = service.follower.current()
    return JSONResponse(
        {
            "status": "ok" if served else "not-ready",
            "version": served and served.version,
            "revision": service.settings.revision,
            "waiting_reviews": service.scorer.reviews,
            **service.follower.status(),
        }
    )


def check_ready(request: Request) -> None:
    """Refuse as long as no version is loaded.

    Raises:
        ModelNotReadyError: none is.
    """
    if service_of(request).follower.current() is None:
        raise ModelNotReadyError("No version is loaded yet. Ask again later")
