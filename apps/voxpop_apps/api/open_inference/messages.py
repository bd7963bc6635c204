"""What requests and answers of the protocol hold."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


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
