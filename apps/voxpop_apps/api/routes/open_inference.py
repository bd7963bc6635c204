"""The Open Inference Protocol (the "V2" protocol of KServe and Triton) under `/v2`.

The model takes one tensor, `text`, of the datatype BYTES and the shape [n]; it gives `label`
(BYTES, [n]), `confidence` (FP64, [n]) and `probabilities` (FP64, [n, k]).
"""

from __future__ import annotations

from functools import partial
from importlib.metadata import version as installed
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from voxpop_apps.api.bodies import read
from voxpop_apps.api.errors import ApiError, NotFoundError
from voxpop_apps.api.exchange import exchange_of
from voxpop_apps.api.messages import body_of
from voxpop_apps.api.open_inference.answering import answer_of
from voxpop_apps.api.open_inference.messages import (
    InferAnswer,
    InferRequest,
    ModelMetadata,
    ModelReady,
    ServerLive,
    ServerMetadata,
    ServerReady,
)
from voxpop_apps.api.open_inference.reading import JSON_LENGTH, read_body, wanted_outputs
from voxpop_apps.api.routes.health import check_ready
from voxpop_apps.api.served import Served
from voxpop_apps.api.service import service_of

router = APIRouter(prefix="/v2", tags=["open inference"])

Name = Annotated[str, Path(description="the model's name")]


@router.get("/health/live", response_model=ServerLive, summary="Whether the process lives")
async def live() -> JSONResponse:
    """Answer as long as the process can answer at all; no key is needed."""
    return JSONResponse({"live": True})


@router.get("/health/ready", response_model=ServerReady, summary="Whether the server can answer")
async def ready(request: Request) -> JSONResponse:
    """Answer once a version is loaded; before that it is a 503. No key is needed."""
    check_ready(request)
    return JSONResponse({"ready": True})


@router.get("", response_model=ServerMetadata, summary="What the server is")
async def server() -> JSONResponse:
    """Tell the server's name, version and extensions."""
    return JSONResponse(
        {"name": "voxpop", "version": installed("voxpop"), "extensions": ["binary_tensor_data"]}
    )


@router.get(
    "/models/{name}", response_model=ModelMetadata, summary="What the model takes and gives"
)
@router.get("/models/{name}/versions/{version}", response_model=ModelMetadata)
async def model(request: Request, name: Name, version: str | None = None) -> JSONResponse:
    """Tell the tensors of the model."""
    served = _served(request, name, version)
    classes = len(served.classifier.labels)
    return JSONResponse(
        {
            "name": name,
            "versions": [served.version],
            "platform": "voxpop",
            "inputs": [{"name": "text", "datatype": "BYTES", "shape": [-1]}],
            "outputs": [
                {"name": "label", "datatype": "BYTES", "shape": [-1]},
                {"name": "confidence", "datatype": "FP64", "shape": [-1]},
                {"name": "probabilities", "datatype": "FP64", "shape": [-1, classes]},
            ],
        }
    )


@router.get(
    "/models/{name}/ready", response_model=ModelReady, summary="Whether the model can answer"
)
@router.get("/models/{name}/versions/{version}/ready", response_model=ModelReady)
async def model_ready(request: Request, name: Name, version: str | None = None) -> JSONResponse:
    """Answer once a version is loaded; before that it is a 503."""
    _served(request, name, version)
    return JSONResponse({"name": name, "ready": True})


@router.post(
    "/models/{name}/infer",
    response_model=InferAnswer,
    openapi_extra=body_of(InferRequest),
    summary="Judge texts",
)
@router.post(
    "/models/{name}/versions/{version}/infer",
    response_model=InferAnswer,
    openapi_extra=body_of(InferRequest),
    summary="Judge texts by a version",
)
async def infer(request: Request, name: Name, version: str | None = None) -> Response:
    """Give label, confidence and probabilities of each text, as JSON or as binary tensors."""
    service = service_of(request)
    exchange = exchange_of(request)
    served = _served(request, name, version)
    # Whatever the media type says: clients of the protocol do not agree on one.
    length = request.headers.get(JSON_LENGTH)
    asked, texts = await read(exchange, partial(read_body, service.settings, length))
    wanted = wanted_outputs(asked)
    service.guard.charge(exchange.caller, len(texts) - 1)
    answers = []
    for outcome in await service.scorer.score(served, texts, exchange):
        if isinstance(outcome, ApiError):
            raise outcome
        answers.append(outcome)
    head = {
        "model_name": service.settings.model_name,
        "model_version": served.version,
        "id": asked.id if asked.id is not None else exchange.request_id,
    }
    return answer_of(served, answers, wanted, head)


def _served(request: Request, name: str, version: str | None) -> Served:
    """Give the version that answers: the one that the path names, if it names one."""
    service = service_of(request)
    if name != service.settings.model_name:
        raise NotFoundError(f"There is no such model here; there is {service.settings.model_name}")
    serving = [] if version is None else service.follower.in_service()
    if not serving:
        return service.follower.choose(exchange_of(request).request_id)
    for served in serving:
        if served.version == version:
            return served
    names = " and ".join(served.version for served in serving)
    raise NotFoundError(f"That version is not in service; in service: {names}")
