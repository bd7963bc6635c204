"""The Open Inference Protocol (the "V2" protocol of KServe and Triton) under `/v2`.

The model takes one tensor, `text`, of the datatype BYTES and the shape [n]; it gives `label`
(BYTES, [n]), `confidence` (FP64, [n]) and `probabilities` (FP64, [n, k]).
"""

from __future__ import annotations

from functools import partial
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.responses import Response

from voxpop_apps.api.bodies import parse, read
from voxpop_apps.api.errors import ApiError, InvalidRequestError, NotFoundError
from voxpop_apps.api.exchange import exchange_of
from voxpop_apps.api.messages import Review, body_of, prediction_of, text_of
from voxpop_apps.api.routes.health import check_ready
from voxpop_apps.api.served import Served
from voxpop_apps.api.service import service_of
from voxpop_apps.api.tensors import (
    check_shape,
    raw_floats,
    raw_texts,
    texts_of_bytes,
    texts_of_json,
)

if TYPE_CHECKING:
    from voxpop_apps.api.settings import ApiSettings

router = APIRouter(prefix="/v2", tags=["open inference"])

Name = Annotated[str, Path(description="the model's name")]

_JSON_LENGTH = "Inference-Header-Content-Length"


class Tensor(BaseModel):
    """A tensor of a request."""

    name: str = Field(json_schema_extra={"const": "text"})
    shape: list[int] = Field(
        min_length=1, max_length=2, fail_fast=True, description="[n] or [n, 1]"
    )
    datatype: str = Field(json_schema_extra={"const": "BYTES"})
    parameters: dict[str, Any] = {}
    data: list[Any] | None = None


class Output(BaseModel):
    """An output that is asked for."""

    name: str = Field(json_schema_extra={"enum": ["label", "confidence", "probabilities"]})
    parameters: dict[str, Any] = {}


class InferRequest(BaseModel):
    """Texts to be judged."""

    model_config = ConfigDict(
        hide_input_in_errors=True,
        json_schema_extra={
            "examples": [
                {
                    "inputs": [
                        {
                            "name": "text",
                            "shape": [2],
                            "datatype": "BYTES",
                            "data": ["Warm and light.", "The zip broke in a week."],
                        }
                    ]
                }
            ]
        },
    )

    id: str | None = Field(None, max_length=1_024, description="comes back as it is")
    parameters: dict[str, Any] = {}
    inputs: list[Tensor] = Field(
        min_length=1, max_length=1, fail_fast=True, description="one tensor, `text`"
    )
    outputs: list[Output] | None = Field(
        None, max_length=3, fail_fast=True, description="the outputs to give; all when missing"
    )


class InferAnswer(BaseModel):
    """What the model says of the texts."""

    model_name: str
    model_version: str
    id: str
    outputs: list[dict[str, Any]]


class ServerLive(BaseModel):
    """The process lives."""

    live: bool


class ServerReady(BaseModel):
    """A version is loaded."""

    ready: bool


class ModelReady(BaseModel):
    """A version of the model is loaded."""

    name: str
    ready: bool


class ServerMetadata(BaseModel):
    """What the server is."""

    name: str
    version: str
    extensions: list[str]


class ModelMetadata(BaseModel):
    """What the model takes and gives."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]


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
    length = request.headers.get(_JSON_LENGTH)
    asked, texts = await read(exchange, partial(_read, service.settings, length))
    wanted = _wanted(asked)
    service.guard.charge(exchange.caller, len(texts) - 1)
    outcomes = await service.scorer.score(served, texts, exchange)
    answers = []
    for outcome in outcomes:
        if isinstance(outcome, ApiError):
            raise outcome
        answers.append(outcome)
    told = [prediction_of(served, answer) for answer in answers]
    tensors: dict[str, tuple[str, list[int], list[Any]]] = {
        "label": ("BYTES", [len(told)], [one["label"] for one in told]),
        "confidence": ("FP64", [len(told)], [one["confidence"] for one in told]),
        "probabilities": (
            "FP64",
            [len(told), len(served.classifier.labels)],
            [number for answer in answers for number in answer],
        ),
    }
    outputs = []
    binary = []
    for output, is_binary in wanted.items():
        datatype, shape, data = tensors[output]
        record: dict[str, Any] = {"name": output, "datatype": datatype, "shape": shape}
        if is_binary:
            bytes_ = raw_texts(data) if datatype == "BYTES" else raw_floats(data)
            record["parameters"] = {"binary_data_size": len(bytes_)}
            binary.append(bytes_)
        else:
            record["data"] = data
        outputs.append(record)
    head = to_json(
        {
            "model_name": service.settings.model_name,
            "model_version": served.version,
            "id": asked.id if asked.id is not None else exchange.request_id,
            "outputs": outputs,
        }
    )
    headers = {"x-model-version": served.version}
    if not binary:
        return Response(head, media_type="application/json", headers=headers)
    headers[_JSON_LENGTH.lower()] = str(len(head))
    return Response(head + b"".join(binary), media_type="application/octet-stream", headers=headers)


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


def _read(settings: ApiSettings, length: str | None, body: bytes) -> tuple[InferRequest, list[str]]:
    """Read what is asked, and the texts that it is asked of.

    Args:
        settings: what is allowed.
        length: how many bytes of the body are its JSON, as its header says; None: all.
        body: the JSON, and perhaps a raw tensor.
    """
    most = settings.max_batch_reviews
    if length is None:
        asked, raw = parse(InferRequest, body, most), b""
    elif length.isascii() and length.isdigit() and len(length) <= 12 and int(length) <= len(body):
        asked, raw = parse(InferRequest, body[: int(length)], most), body[int(length) :]
    else:
        raise InvalidRequestError(
            f"The header {_JSON_LENGTH} is no number of bytes up to {len(body):,}, the whole body"
        )
    texts = _texts(asked, raw, most)
    for text in texts:
        text_of(Review.model_construct(content=text), settings.max_text_characters)
    return asked, texts


def _texts(asked: InferRequest, raw: bytes, most: int) -> list[str]:
    """Give the texts of the one input."""
    if len(asked.inputs) != 1 or asked.inputs[0].name != "text":
        raise InvalidRequestError("The model takes one input, the tensor `text`")
    tensor = asked.inputs[0]
    if tensor.datatype != "BYTES":
        raise InvalidRequestError("The tensor `text` has the datatype BYTES and no other")
    size = tensor.parameters.get("binary_data_size")
    if size is None:
        if raw or tensor.data is None:
            raise InvalidRequestError(
                "The tensor `text` has its elements in `data`, or says by the parameter "
                "`binary_data_size` how many bytes after the JSON are its own"
            )
        texts = texts_of_json(tensor.data, most)
    elif tensor.data is not None or size != len(raw) or isinstance(size, bool):
        raise InvalidRequestError(
            "The tensor `text` says by `binary_data_size` how many bytes are its own, and "
            f"{len(raw):,} follow the JSON; beside them it has no `data`"
        )
    else:
        texts = texts_of_bytes(raw, most)
    check_shape(tensor.shape, len(texts), most)
    return texts


def _wanted(asked: InferRequest) -> dict[str, bool]:
    """Give the outputs that are asked for, and whether each is to be binary."""
    all_binary = asked.parameters.get("binary_data_output") is True
    if not asked.outputs:
        return dict.fromkeys(("label", "confidence", "probabilities"), all_binary)
    wanted = {}
    for output in asked.outputs:
        if output.name not in ("label", "confidence", "probabilities"):
            raise InvalidRequestError(
                "The model has no such output; it has label, confidence and probabilities"
            )
        if "classification" in output.parameters:
            raise InvalidRequestError(
                "The parameter `classification` is not known here: ask for the output "
                "`probabilities`, which has one number for each label"
            )
        wanted[output.name] = output.parameters.get("binary_data", all_binary) is True
    return wanted
