"""One review, many reviews, and why."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api_client import load_served, serving
from voxpop import review_text
from voxpop.testing import STRANGE_TEXTS

JSON = {"Content-Type": "application/json"}


def predict(client: TestClient, **review: Any) -> Any:
    return client.post("/predict", json=review).json()


def test_an_answer_says_what_how_sure_and_by_which_version(
    client: TestClient, tmp_path: Path
) -> None:
    served = load_served(tmp_path / "same")
    response = client.post(
        "/predict", json={"title": "Great", "content": "lovely"}, headers={"X-Request-ID": "mine"}
    )
    answer = response.json()
    (expected,) = served.classifier.predict([review_text("Great", "lovely")])
    assert answer["label"] == expected.label == "positive"
    assert answer["confidence"] == pytest.approx(expected.confidence, abs=1e-5)
    assert answer["probabilities"] == pytest.approx(dict(expected.probabilities), abs=1e-5)
    assert answer["version"] == response.headers["x-model-version"] == served.version
    assert answer["request_id"] == response.headers["x-request-id"] == "mine"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed-request"),
        (b"{", 400, "malformed-request"),
        (b'{"content": "\\ud800"}', 400, "malformed-request"),
        (b'{"content": "\xff"}', 400, "malformed-request"),
        (b"[]", 422, "invalid-request"),
        (b"{}", 422, "invalid-request"),
        (b'{"content": 7}', 422, "invalid-request"),
        (b'{"content": " \\n\\u00a0"}', 422, "invalid-request"),
        (b'{"title": "only"}', 422, "invalid-request"),
        (b'{"content": "a", "tilte": "b"}', 422, "invalid-request"),
        (b'{"content": "' + b"a" * 100_001 + b'"}', 422, "invalid-request"),
    ],
)
def test_what_is_no_review_is_told_and_not_repeated(
    client: TestClient, body: bytes, status: int, code: str
) -> None:
    response = client.post("/predict", content=body, headers={"Content-Type": "application/json"})
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["request_id"] == response.headers["x-request-id"]
    assert "aaaa" not in response.text


def test_another_media_type_is_refused(client: TestClient) -> None:
    response = client.post("/predict", data={"content": "lovely"})
    assert response.status_code == 415
    response = client.post(
        "/predict", content=b'{"content": "x"}', headers={"Content-Type": "application/hal+json"}
    )
    assert response.status_code == 200


def test_any_text_is_answered(tmp_path: Path) -> None:
    with serving(tmp_path, max_text_characters=2_000_000) as client:

        @settings(max_examples=60)
        @given(st.text(min_size=1))
        def check(text: str) -> None:
            status = client.post("/predict", json={"title": text, "content": text}).status_code
            assert status == (422 if text.isspace() else 200)

        check()
        for text in [
            *STRANGE_TEXTS.values(),
            "a\0b",
            "word " * 200_000,
            "\u202eتحفة",
            "👩‍👩‍👧",
            "x" * 1_000_000,
        ]:
            status = client.post(
                "/predict", content=_json(text), headers={"Content-Type": "application/json"}
            ).status_code
            assert status in (200, 400, 422)


def _json(text: str) -> bytes:
    return json.dumps({"content": text}).encode()  # surrogates alone become JSON escapes


def test_one_bad_review_does_not_sink_the_rest(client: TestClient) -> None:
    reviews = [{"content": "lovely"}, {"content": ""}, 7, {"title": "No", "content": "awful"}]
    response = client.post("/predict/batch", json={"reviews": reviews})
    assert response.status_code == 200
    good, empty, number, bad = response.json()["answers"]
    assert (good["label"], bad["label"]) == ("positive", "negative")
    assert empty["problem"]["code"] == number["problem"]["code"] == "invalid-request"
    alone = predict(client, content="lovely")
    assert good["confidence"] == pytest.approx(alone["confidence"], abs=1e-5)


def test_half_an_emoji_sinks_its_own_review_alone(client: TestClient) -> None:
    body = (
        b'{"reviews":[{"content":"\\ud83d"},{"content":"lovely"},{"content":"\\ud83d\\ude00"},'
        b'{"content":"a","\\ud800":1},{"title":"\\udc00","content":"awful"},"\\ud800"]}'
    )
    response = client.post("/predict/batch", content=body, headers=JSON)
    assert response.status_code == 200
    half, good, whole, key, title, text = response.json()["answers"]
    assert good["label"] == "positive"
    assert "label" in whole
    for refused in (half, key, title, text):
        assert refused["problem"]["code"] == "invalid-request"
    broken = client.post("/predict/batch", content=body[:-1], headers=JSON)
    assert (broken.status_code, broken.json()["code"]) == (400, "malformed-request")


def test_a_batch_may_be_empty_and_not_too_long(tmp_path: Path) -> None:
    with serving(tmp_path, max_batch_reviews=3) as client:
        assert client.post("/predict/batch", json={"reviews": []}).json()["answers"] == []
        refused = client.post("/predict/batch", json={"reviews": [{"content": "a"}] * 4})
    assert refused.status_code == 422
    assert "at most 3 are allowed" in refused.json()["detail"]


def test_an_explanation_points_at_the_planted_word(client: TestClient) -> None:
    answer = client.post("/explain", json={"content": "it was lovely weather"}).json()
    best = max(answer["words"], key=lambda word: word["weight"])
    assert (answer["label"], best["text"]) == ("positive", "lovely")
    assert answer["text"][best["start"] : best["end"]] == "lovely"


def test_nothing_is_answered_before_a_version_is_loaded(tmp_path: Path) -> None:
    with serving(tmp_path, published=False) as client:
        assert client.get("/health/live").status_code == 200
        for refused in (
            client.post("/predict", json={"content": "x"}),
            client.get("/health/ready"),
            client.get("/model"),
            client.get("/v2/health/ready"),
        ):
            assert refused.status_code == 503
            assert refused.json()["code"] == "model-not-ready"
            assert int(refused.headers["retry-after"]) >= 1
        assert client.get("/health").json()["status"] == "not-ready"


def test_the_commit_that_answers_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_API_REVISION", "0123abc")
    with serving(tmp_path) as client:
        assert client.get("/health").json()["revision"] == "0123abc"


def test_the_model_in_service_is_described(client: TestClient) -> None:
    told = client.get("/model").json()
    assert told["version"] == predict(client, content="x")["version"]
    assert told["labels"] == ["negative", "positive"]
    assert told["metrics"]["accuracy"] > 0
    assert told["manifest"]["labels"] == told["labels"]
    health = client.get("/health").json()
    assert (health["status"], health["version"]) == ("ok", told["version"])
    assert health["revision"] == "unknown"
