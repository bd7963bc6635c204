"""`POST /feedback`, from the request that was answered to the log and its report."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.api_client import serving
from voxpop import FeedbackLog, FeedbackRecord, report_feedback
from voxpop_apps.web.keys import new_key


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with serving(tmp_path, feedback_flush_s=0.05) as client:
        yield client


def logged(client: TestClient, count: int) -> list[FeedbackRecord]:
    """Wait until the store holds so many records."""
    app = client.app
    assert isinstance(app, FastAPI)
    log: FeedbackLog = app.state.service.desk.log
    deadline = time.monotonic() + 10
    while len(records := list(log.read())) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    return records


def test_a_request_id_is_enough(client: TestClient) -> None:
    review = {"title": "Sturdy", "content": "A lovely kettle."}
    answer = client.post("/predict", json=review).json()
    given = {"request_id": answer["request_id"], "label": "negative", "comment": "It leaks."}
    done = client.post("/feedback", json=given)
    assert done.status_code == 202, done.text
    (record,) = logged(client, 1)
    assert record.id == done.json()["feedback_id"]
    assert record.text == "Sturdy. A lovely kettle."
    assert (record.predicted, record.version) == (answer["label"], answer["version"])
    assert (record.label, record.comment) == ("negative", "It leaks.")
    report = report_feedback([record])
    assert (report.overall.right, report.overall.judged) == (0, 1)


def test_a_text_is_enough(client: TestClient) -> None:
    done = client.post("/feedback", json={"content": "An awful lamp.", "label": "negative"})
    assert done.status_code == 202
    (record,) = logged(client, 1)
    assert (record.text, record.predicted, record.version) == ("An awful lamp.", None, None)


@pytest.mark.parametrize(
    ("given", "status", "told"),
    [
        ({"request_id": "gone", "label": "positive"}, 404, "send the text"),
        ({"label": "positive"}, 422, "which review is meant"),
        ({"content": " ", "label": "positive"}, 422, "which review is meant"),
        ({"content": "Good.", "label": "brilliant"}, 422, "negative, positive"),
        ({"content": "Good."}, 422, "label"),
        ({"content": "Good.", "label": "positive", "stars": 5}, 422, "stars"),
        ({"content": "x" * 100_001, "label": "positive"}, 422, "at most 100,000"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_not_kept(
    client: TestClient, given: dict[str, Any], status: int, told: str
) -> None:
    done = client.post("/feedback", json=given)
    assert done.status_code == status
    assert done.headers["content-type"] == "application/problem+json"
    assert told in done.text
    client.post("/feedback", json={"content": "Good.", "label": "positive"})
    assert len(logged(client, 1)) == 1


def test_another_text_than_the_request_had_is_refused(client: TestClient) -> None:
    answer = client.post("/predict", json={"content": "A lovely kettle."}).json()
    given = {"request_id": answer["request_id"], "label": "negative", "content": "Other words."}
    done = client.post("/feedback", json=given)
    assert (done.status_code, "another text" in done.text) == (422, True)
    assert client.post("/feedback", json=given | {"content": "A lovely kettle."}).status_code == 202


def test_half_of_a_surrogate_pair_is_taken(client: TestClient) -> None:
    body = b'{"content": "good \\ud800 lamp", "label": "positive"}'
    done = client.post("/feedback", content=body, headers={"content-type": "application/json"})
    assert done.status_code in (202, 400, 422)
    if done.status_code == 202:
        assert logged(client, 1)[0].text == "good \ufffd lamp"


def test_feedback_is_counted(client: TestClient) -> None:
    answer = client.post("/predict", json={"content": "A lovely kettle."}).json()
    for label in ("positive", "negative"):
        client.post("/feedback", json={"request_id": answer["request_id"], "label": label})
    told = client.get("/metrics").text
    assert 'voxpop_feedback_total{verdict="right"} 1.0' in told
    assert 'voxpop_feedback_total{verdict="wrong"} 1.0' in told


def test_a_request_id_is_its_callers_own(tmp_path: Path) -> None:
    (shop, one), (page, other) = new_key("shop"), new_key("page")
    with serving(tmp_path, auth="auto", keys=f"{one}\n{other}", feedback_flush_s=0.05) as client:

        def as_of(key: str, path: str, **sent: str) -> Any:
            return client.post(path, json=sent, headers={"X-API-Key": key, "X-Request-ID": "1"})

        assert as_of(shop, "/predict", content="A lovely kettle.").status_code == 200
        unknown = as_of(page, "/feedback", request_id="1", label="positive")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not-found")
        assert as_of(page, "/predict", content="An awful lamp.").status_code == 200
        for key in (shop, page):
            done = as_of(key, "/feedback", request_id="1", label="positive")
            assert done.status_code == 202, done.text
        kept = {record.caller: record for record in logged(client, 2)}
    assert (kept["shop"].text, kept["shop"].predicted) == ("A lovely kettle.", "positive")
    assert (kept["page"].text, kept["page"].predicted) == ("An awful lamp.", "negative")
    report = report_feedback(kept.values())
    assert (report.overall.right, report.overall.judged, report.superseded) == (1, 2, 0)
