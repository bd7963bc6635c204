"""OpenTelemetry traces, sent by OTLP over HTTP; nothing is imported unless they are configured.

A request's span continues the caller's trace (W3C Trace Context: the header `traceparent`) and has
two children: `queue`, from the review's arrival until the model began, and `model`.
"""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from voxpop import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voxpop_apps.api.observability.spans import RequestSpan
    from voxpop_apps.api.settings import ApiSettings

_STANDARD = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Tracing:
    """Makes the spans of requests and sends them in the background."""

    def __init__(self, endpoint: str | None) -> None:
        """Send spans to a collector; None asks the standard variables of OpenTelemetry.

        Raises:
            MissingExtraError: OpenTelemetry is not installed.
        """
        try:
            from opentelemetry import trace
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.trace.propagation.tracecontext import (
                TraceContextTextMapPropagator,
            )
        except ImportError as error:
            raise MissingExtraError(
                f"Traces are configured and need OpenTelemetry, which cannot be imported ({error})."
                ' Install it with: pip install "voxpop[tracing]"'
            ) from error
        name = os.environ.get("OTEL_SERVICE_NAME", "voxpop")
        resource = Resource.create({"service.name": name, "service.version": version("voxpop")})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        url = None if endpoint is None else f"{endpoint.rstrip('/')}/v1/traces"
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
        self._tracer = self._provider.get_tracer("voxpop")
        self._propagator = TraceContextTextMapPropagator()
        self._kind = trace.SpanKind.SERVER
        self._trace = trace

    @classmethod
    def of(cls, settings: ApiSettings) -> Tracing | None:
        """Give what traces requests, if a setting or a standard variable asks for it."""
        if settings.otlp_endpoint or any(os.environ.get(name) for name in _STANDARD):
            return cls(settings.otlp_endpoint)
        return None

    def begin(self, method: str, request_id: str, headers: Mapping[bytes, bytes]) -> RequestSpan:
        """Begin the span of a request."""
        carrier = {
            name: value.decode("latin-1")
            for name in ("traceparent", "tracestate")
            if (value := headers.get(name.encode())) is not None
        }
        span = self._tracer.start_span(
            method,
            context=self._propagator.extract(carrier),
            kind=self._kind,
            attributes={"http.request.method": method, "voxpop.request_id": request_id},
        )
        return _Span(self._tracer, span, method, self._trace)

    def close(self) -> None:
        """Send what was not sent yet, for some seconds at most."""
        self._provider.shutdown()


class _Span:
    """A request's span and its children."""

    def __init__(self, tracer: Any, span: Any, method: str, trace: Any) -> None:
        self._tracer = tracer
        self._span = span
        self._method = method
        self._trace = trace

    def scored(self, waited_s: float, model_s: float) -> None:
        """The model has just answered: so long its reviews waited, so long it took."""
        now = time.time_ns()
        began = now - round(model_s * 1e9)
        context = self._trace.set_span_in_context(self._span)
        arrived = began - round(waited_s * 1e9)
        self._tracer.start_span("queue", context=context, start_time=arrived).end(began)
        self._tracer.start_span("model", context=context, start_time=began).end(now)

    def end(self, route: str, status: int) -> None:
        """The request was answered."""
        self._span.update_name(f"{self._method} {route}")
        self._span.set_attribute("http.route", route)
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:
            self._span.set_status(self._trace.StatusCode.ERROR)
        self._span.end()
