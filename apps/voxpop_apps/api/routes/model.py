"""`GET /model`: what answers, and how good it is."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from voxpop import stored_evaluation
from voxpop_apps.api.errors import ModelNotReadyError
from voxpop_apps.api.service import service_of

router = APIRouter(tags=["model"])

_NEWEST = 50


class ModelInService(BaseModel):
    """The version that answers."""

    version: str = Field(description="its name")
    reference: str = Field(description="the alias or version that was asked for")
    loaded_at: str = Field(description="when it was loaded, ISO 8601, UTC")
    source: str = Field(description="`registry`, or `cache` while the registry does not answer")
    labels: list[str] = Field(description="the classes, in the order of all probabilities")
    metrics: dict[str, Any] = Field(description="what was measured on its test reviews")
    evaluation: dict[str, Any] | None = Field(
        description="`class_names`, `confusion` (a row a true class) and `rows` of its test split"
    )
    parts: dict[str, Any] = Field(description="the plugins' parts that it was made of")
    manifest: dict[str, Any] = Field(description="all that its bundle says of itself")


class AliasMove(BaseModel):
    """One move of the alias that is served."""

    at: str = Field(description="when, ISO 8601, UTC")
    version: str | None = Field(description="where it pointed from then on; null: nowhere")
    previous: str | None = Field(description="where it pointed before")


class ModelHistory(BaseModel):
    """What the alias that is served pointed at."""

    reference: str = Field(description="the alias or version that was asked for")
    moves: list[AliasMove] = Field(
        description="the newest 50 moves, newest first; none when a version was asked for"
    )


@router.get("/model", response_model=ModelInService, summary="The version that answers")
async def model(request: Request) -> JSONResponse:
    """Tell which version answers, what it was made of, and what was measured."""
    served = service_of(request).follower.current()
    if served is None:
        raise ModelNotReadyError("No version is loaded yet. Ask again later")
    measured = await asyncio.to_thread(stored_evaluation, served.version)  # of the disk
    manifest = json.loads(served.classifier.manifest.to_bytes())
    return JSONResponse(
        {
            "version": served.version,
            "reference": served.reference,
            "loaded_at": served.loaded_at.isoformat(),
            "source": served.source,
            "labels": manifest["labels"],
            "metrics": manifest["metrics"],
            "evaluation": None
            if measured is None
            else {name: measured[name] for name in ("class_names", "confusion", "rows")},
            "parts": manifest["parts"],
            "manifest": manifest,
        },
        headers={"x-model-version": served.version},
    )


@router.get("/model/history", response_model=ModelHistory, summary="What served before")
async def history(request: Request) -> JSONResponse:
    """Tell how the alias that is served moved, as the registry has it."""
    service = service_of(request)
    moves = await service.follower.history()
    return JSONResponse(
        {
            "reference": service.settings.reference,
            "moves": [
                {"at": move.at.isoformat(), "version": move.version, "previous": move.previous}
                for move in reversed(moves[-_NEWEST:])
            ],
        }
    )
