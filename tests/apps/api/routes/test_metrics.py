"""`GET /metrics` tells what happened."""

import re

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families


def test_requests_predictions_and_the_version_are_told(client: TestClient) -> None:
    answer = client.post("/predict", json={"content": "A lovely kettle."}).json()
    client.post("/predict", json={"content": ""})
    client.get("/nowhere/at/all")
    client.get("/predict")
    done = client.get("/metrics")
    assert done.headers["content-type"].startswith("text/plain; version=0.0.4")
    list(text_string_to_metric_families(done.text))  # it parses
    for line in (
        'voxpop_requests_total{route="/predict",status="200"} 1.0',
        'voxpop_requests_total{route="/predict",status="422"} 1.0',
        'voxpop_requests_total{route="unmatched",status="404"} 1.0',
        f'voxpop_predictions_total{{label="positive",version="{answer["version"]}"}} 1.0',
        'voxpop_registry_up{role="main"} 1.0',
        "voxpop_batch_reviews_count 1.0",
        'voxpop_refused_total{reason="not-found"} 1.0',
        'voxpop_refused_total{reason="method-not-allowed"} 1.0',
        'voxpop_refused_total{reason="invalid-request"} 1.0',
    ):
        assert line in done.text
    assert 'role="main"' in done.text


def test_the_process_is_told(client: TestClient) -> None:
    told = client.get("/metrics").text
    values = dict(re.findall(r"^(process_\w+) (\S+)$", told, re.MULTILINE))
    assert float(values["process_resident_memory_bytes"]) > 2**20
    assert float(values["process_cpu_seconds_total"]) > 0
    assert float(values["process_open_fds"]) > 3
