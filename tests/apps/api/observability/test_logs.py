"""Log lines are JSON, carry request ids, and hold no review unless asked."""

import json
import logging
from pathlib import Path

import pytest

from tests.api_client import serving
from voxpop_apps.api.observability.logs import JsonFormatter, RequestLog, requests_logger
from voxpop_apps.api.settings import ApiSettings


def line_of(
    settings: ApiSettings, caplog: pytest.LogCaptureFixture, body: bytes
) -> dict[str, object]:
    with caplog.at_level(logging.INFO, requests_logger.name):
        RequestLog(settings).done("r-1", "shop", "/predict", 200, 0.0123, body)
    line = JsonFormatter().format(caplog.records[-1])
    assert "\n" not in line
    parsed: dict[str, object] = json.loads(line)
    return parsed


def test_a_request_is_one_line_without_its_review(caplog: pytest.LogCaptureFixture) -> None:
    line = line_of(ApiSettings(log_requests=True), caplog, b"secret review")
    assert (line["request_id"], line["caller"], line["status"]) == ("r-1", "shop", 200)
    assert (line["level"], line["seconds"]) == ("INFO", 0.0123)
    assert "secret" not in str(line)


def test_a_review_is_logged_when_asked_and_breaks_no_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    line = line_of(ApiSettings(log_requests=True, log_texts=True), caplog, b"a\nb\xff\x00")
    assert line["body"] == "a\nb�\x00"


def test_a_fault_keeps_its_traceback_in_the_line(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("one\ntwo")
    except ValueError:
        logging.getLogger("voxpop_apps.test").exception("it failed")
    line = JsonFormatter().format(caplog.records[-1])
    assert "\n" not in line
    assert "ValueError: one\ntwo" in json.loads(line)["traceback"]


@pytest.mark.parametrize("log_texts", [False, True])
def test_lines_of_text_hold_what_was_sent_when_asked(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    log_texts: bool,
) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "memory")
    with (
        caplog.at_level(logging.INFO, requests_logger.name),
        serving(tmp_path, log_requests=True, log_texts=log_texts) as client,
    ):
        client.post("/predict", json={"content": "hush\nhush"})
    (line,) = [text for text in caplog.messages if text.startswith("/predict 200")]
    assert ("hush\\\\nhush" in line) is log_texts
    assert "\n" not in line


def test_lines_of_json_hold_it_once(caplog: pytest.LogCaptureFixture) -> None:
    settings = ApiSettings(log_requests=True, log_texts=True, log_format="json")
    line = line_of(settings, caplog, b"only once")
    assert (line["body"], "once" in str(line["message"])) == ("only once", False)
