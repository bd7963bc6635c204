"""What the gate found out about one request, for those who answer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive


BODY_IS_HERE = "voxpop.body_is_here"  # in a scope: receiving its body waits for nothing


@dataclass(slots=True)
class Exchange:
    """One request and its answer to be.

    Attributes:
        request_id: the caller's `X-Request-ID`, or one made up.
        caller: the name of the caller's key, or its address where no key is asked for.
        deadline: when it is given up, in the event loop's time.
        content_type: the header, as it came; empty when there is none.
        body: the whole body.
        receive: tells when the caller hangs up.
    """

    request_id: str
    caller: str
    deadline: float
    content_type: bytes
    body: bytes
    receive: Receive


def exchange_of(request: Request) -> Exchange:
    """Give what the gate found out about a request."""
    exchange: Exchange = request.scope["voxpop.exchange"]
    return exchange
