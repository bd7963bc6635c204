"""The span of the request at hand, for those who have something to add to it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol


class RequestSpan(Protocol):
    """The trace of one request. There is none unless traces are configured."""

    def scored(self, waited_s: float, model_s: float) -> None:
        """The model has just answered: so long its reviews waited, so long it took."""

    def end(self, route: str, status: int) -> None:
        """The request was answered."""


request_span: ContextVar[RequestSpan | None] = ContextVar("request_span", default=None)
