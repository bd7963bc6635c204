"""Reads bodies without blocking the event loop for longer than a stated bound.

Small bodies are read in the loop, since a thread costs more than they do. Larger ones are read in
one thread, one after the other. pydantic holds the interpreter's lock while it parses, so a thread
alone would help nobody: what a body may cost is bounded first, by the values that it holds.
"""

from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from voxpop_apps.api.errors import (
    DeadlineExceededError,
    InvalidRequestError,
    MalformedRequestError,
    MediaTypeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from voxpop_apps.api.exchange import Exchange

_INLINE_BYTES = 32_768  # the dearest JSON of this size takes 1.5 ms
_VALUES_A_REVIEW = 16
_MOST_VALUES_BESIDES = 1_000
_MOST_FAULTS = 20  # of one body are told
_MOST_FAULTS_MADE = 200  # pydantic makes all or none, at 5 microseconds each
_MOST_ECHOED = 64  # characters of a name that was sent

_JSON = re.compile(rb"\s*application/(?:[\w.+-]+\+)?json\s*(?:;|$)", re.IGNORECASE)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

_aside = ThreadPoolExecutor(1, thread_name_prefix="voxpop-bodies")

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


def check_media_type(exchange: Exchange) -> None:
    """Ask for a body that is said to be JSON.

    Pages of other origins can send everything else without asking the browser's leave, also what
    names no type.

    Raises:
        MediaTypeError: it is said to be something else, or not what it is.
    """
    kind = exchange.content_type
    if kind != b"application/json" and not _JSON.match(kind):
        raise MediaTypeError(
            "The body has to be JSON, and its header has to say so: Content-Type: application/json"
        )


async def read(exchange: Exchange, work: Callable[[bytes], T]) -> T:
    """Let a function read the body: at once when it is small, else in the thread.

    Raises:
        DeadlineExceededError: other bodies took the thread until the request's deadline.
    """
    body = exchange.body
    if len(body) <= _INLINE_BYTES:
        return work(body)
    try:
        async with asyncio.timeout_at(exchange.deadline):
            return await asyncio.get_running_loop().run_in_executor(_aside, work, body)
    except TimeoutError:
        raise DeadlineExceededError(
            "The body could not be read before the request's deadline. "
            "Ask again later, or allow more time by X-Deadline-Ms"
        ) from None


def parse(message: type[M], body: bytes, most_reviews: int) -> M:
    """Parse a JSON body.

    Raises:
        MalformedRequestError: it is no JSON.
        InvalidRequestError: it is, but not such a message, or holds more values than one with so
            many reviews can need.
    """
    _check_values(body, most_reviews)
    try:
        return message.__pydantic_validator__.validate_json(body)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise refusal_of(error) from None


def parse_with_surrogates(message: type[M], body: bytes, most_reviews: int) -> M:
    r"""Parse a JSON body in which half a character, such as `"\ud800"`, may stand.

    JavaScript writes that when it cuts a text within an emoji. pydantic then gives up the whole
    body; here it reaches the message as a text that is no Unicode.

    Raises:
        MalformedRequestError: it is no JSON.
        InvalidRequestError: it is, but not such a message.
    """
    try:
        return parse(message, body, most_reviews)
    except MalformedRequestError:
        if not _SURROGATE.search(body):
            raise
        try:
            value = json.loads(body.decode())
        except (ValueError, RecursionError):
            value = None
        if value is None:
            raise
    try:
        return message.model_validate(value)
    except ValidationError as error:
        raise refusal_of(error) from None


def refusal_of(error: ValidationError) -> InvalidRequestError:
    """Turn what pydantic found into what the caller is told.

    Of the input only names are repeated, and of these only the beginning.
    """
    if (faults := error.error_count()) > _MOST_FAULTS_MADE:
        return InvalidRequestError(f"The request is not valid: it has {faults:,} faults")
    found = error.errors(include_url=False, include_context=False, include_input=False)
    problems: list[dict[str, object]] = [
        {"loc": [_echoed(part) for part in one["loc"]], "msg": one["msg"]}
        for one in found[:_MOST_FAULTS]
    ]
    told = "; ".join(
        ": ".join(filter(None, [".".join(map(str, one["loc"])), str(one["msg"])]))  # type: ignore[call-overload]
        for one in problems
    )
    if found[0]["type"] == "json_invalid":
        return MalformedRequestError(f"The body cannot be read. {told}")
    return InvalidRequestError(f"The request is not valid. {told}", problems=problems)


def _echoed(part: int | str) -> int | str:
    if isinstance(part, int):
        return part
    part = part.encode("utf-8", "replace").decode()
    return part if len(part) <= _MOST_ECHOED else f"{part[:_MOST_ECHOED]}…"


def _check_values(body: bytes, most_reviews: int) -> None:
    most = _VALUES_A_REVIEW * most_reviews + _MOST_VALUES_BESIDES
    if len(body) > _INLINE_BYTES and _most_values(body) > most and _values(body) > most:
        raise InvalidRequestError(
            f"The body holds more than {most:,} values of JSON, and at most {most_reviews:,} "
            "reviews are allowed. Send fewer at a time"
        )


def _most_values(body: bytes) -> int:
    return body.count(b",") + body.count(b"[") + body.count(b"{")


def _values(body: bytes) -> int:
    """Count the commas and the brackets that open, but for those within texts.

    Exact up to where the body stops to be JSON, and a parser stops there too.
    """
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    each: Any = np.frombuffer(plain, np.uint8)
    # Behind an odd number of quotes one is within a text; that a byte overflows does not matter.
    is_outside = (np.cumsum(each == ord('"'), dtype=np.uint8) & 1) == 0
    begins = (each == ord(",")) | (each == ord("[")) | (each == ord("{"))
    return int(np.count_nonzero(is_outside & begins))
