"""Completes what FastAPI says of the API: bodies that are read by hand, headers, problems, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from voxpop_apps.api.messages import Batch, Problem, Review
from voxpop_apps.api.open_inference.messages import InferRequest
from voxpop_apps.api.problems import MEDIA_TYPE, STATUSES
from voxpop_apps.api.routes.feedback import Feedback
from voxpop_apps.api.security.guard import OPEN_TO_ALL

if TYPE_CHECKING:
    from fastapi import FastAPI

    from voxpop_apps.api.settings import ApiSettings

# What any endpoint may answer, by the codes of the problems; and what those with a body may, too.
_ANY = (
    "unauthorized",
    "rate-limited",
    "invalid-request",
    "headers-too-large",
    "error",
    "model-not-ready",
)
_WITH_BODY = (
    "malformed-request",
    "body-too-large",
    "unsupported-media",
    "unsupported-encoding",
    "deadline-exceeded",
)

_REQUEST_ID = {
    "name": "X-Request-ID",
    "in": "header",
    "required": False,
    "description": "an id of the caller's own, 1 to 128 letters, digits, '.', '_', ':' or '-'; it "
    "comes back, and stands in the log. Anything else is replaced by an id that is made up",
    "schema": {"type": "string"},
}
_DEADLINE = {
    "name": "X-Deadline-Ms",
    "in": "header",
    "required": False,
    "description": "give up after so many milliseconds; never later than the server's own deadline",
    "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
}


def complete_openapi(app: FastAPI, settings: ApiSettings) -> None:
    """Let `app.openapi()` describe everything that a caller may send and get."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            app.openapi_schema = _completed(document, settings)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(document: dict[str, Any], settings: ApiSettings) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    _, definitions = models_json_schema(
        [(model, "validation") for model in (Review, Batch, Feedback, InferRequest, Problem)],
        ref_template="#/components/schemas/{model}",
    )
    schemas.update(definitions["$defs"])
    schemas["Review"]["properties"]["content"]["maxLength"] = settings.max_text_characters
    schemas["Batch"]["properties"]["reviews"]["maxItems"] = settings.max_batch_reviews
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    document["security"] = [{"bearer": []}, {"key": []}, {}]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            is_open = path in OPEN_TO_ALL
            _complete(operation, is_open=is_open, may_be_missing="{" in path or path == "/feedback")
    return document


def _complete(operation: dict[str, Any], *, is_open: bool, may_be_missing: bool) -> None:
    codes = [*_ANY, "queue-full"]
    if is_open:  # nobody is asked for a key there, or kept to a rate
        codes = [code for code in codes if code not in ("unauthorized", "rate-limited")]
        operation["security"] = []
    operation.setdefault("parameters", []).extend([_REQUEST_ID, _DEADLINE])
    if "requestBody" in operation:
        codes += [*_WITH_BODY, "model-failed"]
    if may_be_missing:
        codes.append("not-found")
    for code in codes:
        status = STATUSES[code]
        response = operation["responses"].setdefault(str(int(status)), {})
        if "application/json" in response.get("content", {}):  # FastAPI's own 422
            response.clear()
        told = response.get("description", "")
        response["description"] = f"{told}, `{code}`" if told else f"`{code}`"
        response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        if status in (429, 503, 504):
            response["headers"] = {
                "Retry-After": {
                    "description": "seconds after which asking again makes sense",
                    "schema": {"type": "integer", "minimum": 1},
                }
            }
    for status, response in operation["responses"].items():
        headers = response.setdefault("headers", {})
        headers["X-Request-ID"] = {"description": "the request's id", "schema": {"type": "string"}}
        if status == "200" and "requestBody" in operation:
            headers["X-Model-Version"] = {
                "description": "the version that answered",
                "schema": {"type": "string"},
            }
