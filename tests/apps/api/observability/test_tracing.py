"""Traces reach a collector by OTLP over HTTP, and continue the caller's."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from voxpop_apps.api.observability.tracing import Tracing
from voxpop_apps.api.settings import ApiSettings

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector:
    """An OTLP receiver in this process."""

    def __init__(self) -> None:
        exports = self.exports = list[ExportTraceServiceRequest]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                import gzip

                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                assert self.path == "/v1/traces"
                exports.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Be silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever, args=(0.02,))
    thread.start()
    yield collector
    collector.server.shutdown()
    thread.join()
    collector.server.server_close()


def test_a_request_is_a_span_with_its_queue_and_its_model(collector: Collector) -> None:
    tracing = Tracing.of(ApiSettings(otlp_endpoint=collector.url))
    assert tracing is not None
    headers = {b"traceparent": f"00-{TRACE}-{PARENT}-01".encode()}
    span = tracing.begin("POST", "request-1", headers)
    span.scored(0.010, 0.002)
    span.end("/predict", 200)
    tracing.close()
    spans = {
        span.name: span
        for export in collector.exports
        for resource in export.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }
    assert set(spans) == {"POST /predict", "queue", "model"}
    request = spans["POST /predict"]
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    told = {each.key: each.value for each in request.attributes}
    assert told["voxpop.request_id"].string_value == "request-1"
    assert told["http.response.status_code"].int_value == 200
    for name, milliseconds in (("queue", 10), ("model", 2)):
        child = spans[name]
        assert child.parent_span_id == request.span_id
        took = child.end_time_unix_nano - child.start_time_unix_nano
        assert took == pytest.approx(milliseconds * 1e6, rel=0.01)
    assert spans["queue"].end_time_unix_nano == spans["model"].start_time_unix_nano


def test_nothing_is_traced_unless_asked() -> None:
    assert Tracing.of(ApiSettings()) is None


def test_the_standard_variable_asks_too(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    tracing = Tracing.of(ApiSettings())
    assert tracing is not None
    tracing.begin("GET", "r", {b"traceparent": b"nonsense"}).end("/model", 503)
    tracing.close()
    assert len(collector.exports) == 1
