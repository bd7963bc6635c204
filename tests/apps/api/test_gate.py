"""What holds for every request."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api_client import calling, make_api, serving

REVIEW = {"content": "lovely"}
JSON = {"Content-Type": "application/json"}


def test_every_answer_is_hardened_and_has_an_id(client: TestClient) -> None:
    for path in ("/health/live", "/nowhere", "/predict"):
        headers = client.get(path, headers={"X-Request-ID": "no good\tid"}).headers
        assert len(headers["x-request-id"]) == 16
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers


def test_paths_and_methods_are_refused_as_problems(client: TestClient) -> None:
    nowhere = client.get("/predict/nothing")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not-found")
    method = client.get("/predict")
    assert (method.status_code, method.json()["code"]) == (405, "method-not-allowed")
    assert method.headers["allow"] == "POST"


def test_a_body_is_measured_before_it_is_parsed_whatever_it_claims(tmp_path: Path) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(1_000):
            yield b"x" * 1_000

    with serving(tmp_path, max_body_bytes=10_000) as client:
        announced = client.post("/predict", content=b"x" * 10_001, headers=JSON)
        assert (announced.status_code, announced.json()["code"]) == (413, "body-too-large")
        chunked = client.post("/feedback", content=endless(), headers=JSON)
        assert chunked.status_code == 413
        within = client.post(
            "/predict", content=iter([b'{"content": ', b'"lovely"}']), headers=JSON
        )
        assert within.status_code == 200


@pytest.mark.parametrize("deadline", ["0", "-1", "soon", "1e3", "9" * 20])
def test_a_deadline_that_is_none_is_refused(client: TestClient, deadline: str) -> None:
    response = client.post("/predict", json=REVIEW, headers={"X-Deadline-Ms": deadline})
    assert response.status_code == 422
    assert "X-Deadline-Ms" in response.json()["detail"]


def test_a_body_that_does_not_come_is_given_up(tmp_path: Path) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    async def run() -> int:
        async with calling(make_api(tmp_path)) as client:
            response = await client.post(
                "/predict", content=slow(), headers=JSON | {"X-Deadline-Ms": "50"}
            )
            return response.status_code

    assert asyncio.run(run()) == 504


def test_cors_is_given_to_whom_the_settings_name(tmp_path: Path) -> None:
    with serving(tmp_path, cors_origins=("https://shop.example",)) as client:
        for origin, allowed in (("https://shop.example", True), ("https://evil.example", False)):
            headers = client.post("/predict", json=REVIEW, headers={"Origin": origin}).headers
            assert (headers.get("access-control-allow-origin") == origin) is allowed


def test_no_text_of_a_review_is_logged(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "voxpop_apps")
    for body in (b'{"content": "hush-hush"}', b'{"content": "hush-hush"', b'{"hush-hush": 1}'):
        client.post("/predict", content=body, headers=JSON)
    client.post("/predict/batch", json={"reviews": ["hush-hush"]})
    assert "hush" not in caplog.text


def test_requests_are_counted_by_route_and_not_by_what_callers_make_up(client: TestClient) -> None:
    client.post("/predict", json=REVIEW)
    client.get("/made-up")
    client.get("/v2/models/voxpop")
    told = client.get("/metrics").text
    assert 'voxpop_requests_total{route="/predict",status="200"} 1.0' in told
    assert "made-up" not in told
    assert 'route="/v2/models/{name}"' in told


def test_what_is_refused_is_counted_by_the_route_that_was_asked_for(tmp_path: Path) -> None:
    line = "shop " + hashlib.sha256(b"secret").hexdigest()
    with serving(tmp_path, auth="auto", keys=line) as client:
        key = {"X-API-Key": "secret"}
        client.post("/predict/batch", json={"reviews": []})
        client.get("/v2/models/voxpop")
        client.post("/explain", content=b"x", headers=key | JSON | {"Content-Encoding": "gzip"})
        client.get("/feedback", headers=key)
        client.get("/made-up")
        told = client.get("/metrics", headers=key).text
    for route, status in (
        ("/predict/batch", 401),
        ("/v2/models/{name}", 401),
        ("/explain", 415),
        ("/feedback", 405),
        ("unmatched", 401),
    ):
        assert f'voxpop_requests_total{{route="{route}",status="{status}"}} 1.0' in told


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_compressed_body_is_refused_as_such(client: TestClient, coding: str) -> None:
    refused = client.post(
        "/predict", content=b'{"content":"lovely"}', headers=JSON | {"Content-Encoding": coding}
    )
    assert (refused.status_code, refused.json()["code"]) == (415, "unsupported-encoding")
    assert refused.headers["accept-encoding"] == "identity"
    as_it_is = client.post("/predict", json=REVIEW, headers={"Content-Encoding": "Identity"})
    assert as_it_is.status_code == 200


def test_who_watches_may_ask_for_the_head_alone(client: TestClient) -> None:
    for path in ("/health/live", "/health/ready", "/health", "/v2/health/live", "/model"):
        head = client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == "application/json"
    assert client.head("/predict").status_code == 405
    assert client.head("/nowhere").status_code == 404


def test_pages_of_other_origins_cannot_send_anything_unasked(client: TestClient) -> None:
    told = b'{"content":"lovely","label":"positive"}'
    for kind in (None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {"Origin": "https://evil.example"} | ({"Content-Type": kind} if kind else {})
        for path in ("/feedback", "/predict", "/predict/batch", "/explain"):
            refused = client.post(path, content=told, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (415, "unsupported-media")
            assert "accept-encoding" not in refused.headers


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/predict", {"content": "a", "k" * 200_000: 1}),
        ("/feedback", {"label": "l" * 200_000, "content": "a"}),
        ("/feedback", {"label": "positive", "request_id": "r" * 200_000}),
        ("/predict/batch", {"reviews": [{"k" * 200_000: 1}]}),
        ("/v2/models/voxpop/infer", {"inputs": [{"shape": [1] * 10_000}]}),
        (
            "/v2/models/voxpop/infer",
            {"inputs": [{"name": "text", "shape": [10**4_000], "datatype": "BYTES", "data": []}]},
        ),
        ("/v2/models/voxpop/infer", {"id": "i" * 200_000, "inputs": []}),
        (f"/v2/models/{'m' * 20_000}/infer", {}),
    ],
)
def test_no_problem_repeats_more_than_names(client: TestClient, path: str, body: object) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code in (200, 404, 422)
    assert len(answer.content) < 2_000
