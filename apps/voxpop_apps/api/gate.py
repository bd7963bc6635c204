"""The one middleware: what holds for every request, before and after it is answered."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from secrets import token_hex
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.routing import Route

from voxpop_apps.api.errors import (
    BodyTooLargeError,
    DeadlineExceededError,
    EncodingError,
    InvalidRequestError,
)
from voxpop_apps.api.exchange import BODY_IS_HERE, Exchange
from voxpop_apps.api.execution import CallerLeftError
from voxpop_apps.api.observability.logs import RequestLog
from voxpop_apps.api.observability.spans import request_span
from voxpop_apps.api.observability.whereabouts import whereabouts
from voxpop_apps.api.problems import respond

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from voxpop_apps.api.observability.metrics import Metrics
    from voxpop_apps.api.observability.tracing import Tracing
    from voxpop_apps.api.security.guard import Guard
    from voxpop_apps.api.settings import ApiSettings

    Endpoint = Callable[[Request], Awaitable[Response]]

logger = logging.getLogger(__name__)

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]
_CLIENT_CLOSED = 499  # as nginx counts callers who left; no caller ever sees it


class Gate:
    """Gives each request an id, checks and counts it, and turns what is raised into problems.

    Plain ASGI. The endpoints in `shortcuts` are called straight from here: the router's matching
    costs more than all the rest that the API does to answer one review. `routes` are all that there
    are, by which what is refused here is counted.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: ApiSettings,
        guard: Guard,
        metrics: Metrics,
        shortcuts: Mapping[tuple[str, str], Endpoint],
        routes: Iterable[BaseRoute] = (),
        tracing: Tracing | None = None,
    ) -> None:
        self._app = app
        self._settings = settings
        self._guard = guard
        self._metrics = metrics
        self._shortcuts = shortcuts
        self._patterns = [
            (route.path_regex, route.path) for route in routes if isinstance(route, Route)
        ]
        self._tracing = tracing
        self._log = RequestLog(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}  # the server keeps the body to itself
        status = 500
        wanted = dict(scope["headers"])
        given = wanted.get(b"x-request-id")
        request_id = given.decode() if given and _REQUEST_ID.fullmatch(given) else token_hex(8)
        span = None
        if self._tracing is not None:
            span = self._tracing.begin(scope["method"], request_id, wanted)
            request_span.set(span)
        extra = [(b"x-request-id", request_id.encode()), *_SECURITY_HEADERS]

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        endpoint = self._shortcuts.get((scope["method"], scope["path"]))
        try:
            exchange = await self._admit(scope, wanted, request_id, receive)
            scope["voxpop.exchange"] = exchange
            if endpoint is not None:
                response = await endpoint(Request(scope, receive))
                await response(scope, receive, send_on)
            else:
                await self._app(scope, _replay(exchange.body, receive), send_on)
        except CallerLeftError:
            status = _CLIENT_CLOSED
        except Exception as error:  # noqa: BLE001 - every fault becomes a problem
            problem = respond(error, request_id, path=scope["path"])
            if problem.status_code == 500:
                logger.error("Request %s failed: %s", request_id, whereabouts(error))
            self._metrics.refused(getattr(error, "code", "error"))
            await problem(scope, receive, send_on)
        finally:
            route = scope["path"] if endpoint is not None else self._route_of(scope)
            seconds = time.perf_counter() - started
            self._metrics.request_done(route, status, seconds)
            if span is not None:
                span.end(route, status)
            if self._log.is_wanted:
                known: Exchange | None = scope.get("voxpop.exchange")
                caller, body = (known.caller, known.body) if known else ("", b"")
                self._log.done(request_id, caller, route, status, seconds, body)

    def _route_of(self, scope: Scope) -> str:
        """Give the pattern of the path that was asked for, also when the router never saw it."""
        if (route := scope.get("route")) is not None:
            return getattr(route, "path", None) or "unmatched"
        path = scope["path"]
        return next((told for regex, told in self._patterns if regex.match(path)), "unmatched")

    async def _admit(
        self, scope: Scope, headers: Mapping[bytes, bytes], request_id: str, receive: Receive
    ) -> Exchange:
        """Check who asks and how much, and read the body."""
        caller = self._guard.admit(scope, headers)
        allowed_s = self._settings.deadline_s
        if (asked := headers.get(b"x-deadline-ms")) is not None:
            allowed_s = min(allowed_s, _seconds(asked))
        deadline = asyncio.get_running_loop().time() + allowed_s
        encoding = headers.get(b"content-encoding")
        if encoding is not None and encoding.lower() != b"identity":
            raise EncodingError(
                "The body has a Content-Encoding: compressed bodies are not read, send it as it is"
            )
        _check_length(headers.get(b"content-length", b""), self._settings.max_body_bytes)
        if BODY_IS_HERE in scope:
            body = await self._read(receive)
        else:
            try:
                async with asyncio.timeout_at(deadline):
                    body = await self._read(receive)
            except TimeoutError:
                raise DeadlineExceededError(
                    "The body did not arrive before the request's deadline"
                ) from None
        return Exchange(
            request_id, caller, deadline, headers.get(b"content-type", b""), body, receive
        )

    async def _read(self, receive: Receive) -> bytes:
        """Read the whole body, never more than is allowed, whatever its length claims to be."""
        limit = self._settings.max_body_bytes
        message = await receive()
        body: bytes | bytearray = message.get("body", b"")
        while message.get("more_body"):
            if len(body) > limit:
                raise _too_large(limit)
            message = await receive()
            body = bytearray(body) if isinstance(body, bytes) else body
            body += message.get("body", b"")
        if message["type"] == "http.disconnect":
            raise CallerLeftError
        if len(body) > limit:
            raise _too_large(limit)
        return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read already, then what comes after it."""
    message: Message | None = {"type": "http.request", "body": body, "more_body": False}

    async def receive_again() -> Message:
        nonlocal message
        if message is None:
            return await receive()
        first, message = message, None
        return first

    return receive_again


def _check_length(announced: bytes, limit: int) -> None:
    digits = announced.lstrip(b"0")
    if digits.isdigit() and (len(digits) > 18 or int(digits) > limit):
        raise _too_large(limit)


def _too_large(limit: int) -> BodyTooLargeError:
    return BodyTooLargeError(
        f"The body of the request has more than the {limit:,} bytes that are allowed. "
        "Send fewer reviews at a time"
    )


def _seconds(milliseconds: bytes) -> float:
    if not milliseconds.isdigit() or len(milliseconds) > 9 or not int(milliseconds):
        raise InvalidRequestError(
            "The header X-Deadline-Ms holds a whole number of milliseconds, at least 1"
        )
    return int(milliseconds) / 1_000
