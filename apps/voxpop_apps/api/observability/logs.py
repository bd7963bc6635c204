"""Structured logs: one JSON object a line, on stderr."""

from __future__ import annotations

import datetime
import json
import logging
from typing import TYPE_CHECKING

from voxpop import Settings

if TYPE_CHECKING:
    from voxpop_apps.api.settings import ApiSettings

requests_logger = logging.getLogger("voxpop_apps.api.requests")

_EXTRAS = ("request_id", "route", "status", "seconds", "caller", "body")
_LONGEST_BODY = 10_000


class JsonFormatter(logging.Formatter):
    """Writes a log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line: dict[str, object] = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in _EXTRAS if hasattr(record, name)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)


def set_up_server_logs(settings: ApiSettings) -> None:
    """Let this process log as a server does: `VOXPOP_API_LOG_FORMAT`, and what matters to it."""
    if settings.log_format == "json":
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
        logging.getLogger().handlers[:] = [handler]
    else:
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if Settings().log_level == "WARNING":  # swaps and starts are what an operator wants to see
        logging.getLogger("voxpop_apps").setLevel(logging.INFO)
    requests_logger.setLevel(logging.INFO if settings.log_requests else logging.WARNING)


class RequestLog:
    """A line a request, if `VOXPOP_API_LOG_REQUESTS` asks for it.

    Of what was sent it tells nothing, unless `VOXPOP_API_LOG_TEXTS` asks for that too.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self.is_wanted = settings.log_requests
        self._with_texts = settings.log_texts
        self._in_message = settings.log_format == "text"  # in JSON it is a field of its own

    def done(
        self, request_id: str, caller: str, route: str, status: int, seconds: float, body: bytes
    ) -> None:
        """A request was answered."""
        told: dict[str, object] = {
            "request_id": request_id,
            "caller": caller,
            "route": route,
            "status": status,
            "seconds": round(seconds, 6),
        }
        message = f"{route} {status} in {seconds * 1_000:.1f} ms, request {request_id}"
        if self._with_texts:
            sent = told["body"] = body[:_LONGEST_BODY].decode("utf-8", "replace")
            if self._in_message:
                message += f", body {sent!r}"  # on one line, whatever was sent
        requests_logger.info(message, extra=told)
