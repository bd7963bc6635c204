"""`GET /metrics`: what Prometheus reads."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from voxpop_apps.api.observability.metrics import CONTENT_TYPE
from voxpop_apps.api.service import service_of

router = APIRouter(tags=["operation"])


@router.get("/metrics", response_class=Response)
async def read_metrics(request: Request) -> Response:
    """Give the metrics of all workers in Prometheus' text format."""
    told = await service_of(request).metrics.render_aside()
    return Response(told, headers={"content-type": CONTENT_TYPE})
