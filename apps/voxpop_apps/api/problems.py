"""From a fault to an HTTP answer: one table of statuses, and problem details (RFC 9457)."""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json
from starlette.responses import Response

from voxpop import VoxpopError

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

# Every code of `voxpop.errors` and of `errors.py`; a test keeps the table complete.
STATUSES: dict[str, HTTPStatus] = {
    "api-error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "invalid-request": HTTPStatus.UNPROCESSABLE_ENTITY,
    "malformed-request": HTTPStatus.BAD_REQUEST,
    "unsupported-media": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "unsupported-encoding": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "body-too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "headers-too-large": HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "not-found": HTTPStatus.NOT_FOUND,
    "method-not-allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "rate-limited": HTTPStatus.TOO_MANY_REQUESTS,
    "queue-full": HTTPStatus.SERVICE_UNAVAILABLE,
    "deadline-exceeded": HTTPStatus.GATEWAY_TIMEOUT,
    "model-not-ready": HTTPStatus.SERVICE_UNAVAILABLE,
    "model-failed": HTTPStatus.INTERNAL_SERVER_ERROR,
    "feedback-unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    # What the core reports. The caller is seldom to blame: it named no file and no registry.
    "error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "bad-config": HTTPStatus.INTERNAL_SERVER_ERROR,
    "bad-settings": HTTPStatus.INTERNAL_SERVER_ERROR,
    "bad-usage": HTTPStatus.UNPROCESSABLE_ENTITY,
    "broken-plugin": HTTPStatus.INTERNAL_SERVER_ERROR,
    "unknown-part": HTTPStatus.INTERNAL_SERVER_ERROR,
    "missing-extra": HTTPStatus.INTERNAL_SERVER_ERROR,
    "bad-data": HTTPStatus.UNPROCESSABLE_ENTITY,
    "training-failed": HTTPStatus.INTERNAL_SERVER_ERROR,
    "corrupt-bundle": HTTPStatus.INTERNAL_SERVER_ERROR,
    "registry": HTTPStatus.INTERNAL_SERVER_ERROR,
    "unknown-version": HTTPStatus.NOT_FOUND,
    "protected-version": HTTPStatus.CONFLICT,
    "alias-conflict": HTTPStatus.CONFLICT,
    "store": HTTPStatus.SERVICE_UNAVAILABLE,
    "object-not-found": HTTPStatus.NOT_FOUND,
    "object-changed": HTTPStatus.CONFLICT,
    "store-access": HTTPStatus.SERVICE_UNAVAILABLE,
    "store-unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "store-full": HTTPStatus.INSUFFICIENT_STORAGE,
}

# A refusal that time may heal says when to come back; the error itself may know better.
_RETRY_AFTER_S = 1.0
_PASSING = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


def record_of(error: Exception) -> dict[str, Any]:
    """Describe a fault as problem details: `type`, `title`, `status`, `detail` and `code`.

    What is nobody's fault but the server's says no more than its title: paths and the names of
    buckets are for the log.
    """
    code = error.code if isinstance(error, VoxpopError) else VoxpopError.code
    status = STATUSES[code]
    record: dict[str, Any] = {
        "type": f"urn:voxpop:problem:{code}",
        "title": status.phrase,
        "status": int(status),
        "detail": str(error),
        "code": code,
    }
    if (
        status == HTTPStatus.INTERNAL_SERVER_ERROR
        and type(error).__module__.split(".")[0] != (__name__.split(".")[0])
    ):
        record["detail"] = "The server failed; its log tells why under this request's id"
    if problems := getattr(error, "problems", None):
        record["errors"] = problems
    return record


def respond(
    error: Exception,
    request_id: str | None,
    *,
    path: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the answer that tells of a fault.

    Under `/v2` it has the member `error` too, where clients of the Open Inference Protocol look.
    """
    record = record_of(error)
    if request_id is not None:
        record["request_id"] = request_id
    if path.startswith("/v2"):
        record["error"] = record["detail"]
    response = Response(to_json(record), record["status"], media_type=MEDIA_TYPE, headers=headers)
    if record["status"] in _PASSING:
        wait_s = getattr(error, "retry_after_s", None) or _RETRY_AFTER_S
        response.headers["retry-after"] = str(max(1, math.ceil(wait_s)))
    if record["status"] == HTTPStatus.UNAUTHORIZED:
        response.headers["www-authenticate"] = 'Bearer realm="voxpop"'
    if record["code"] == "unsupported-encoding":
        response.headers["accept-encoding"] = "identity"
    return response
