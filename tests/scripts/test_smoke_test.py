"""The smoke test of a deployment, before servers that say what a platform says while it changes."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.checkout import CHECKOUT
from tests.terraform.stage import clean_environment

Told = list[tuple[int, Any]]
Answers = Mapping[str, Told]
READY: Told = [(200, {"status": "ok"})]
JUDGED: Told = [
    (200, {"label": "bad", "confidence": 0.9, "version": "v-1", "probabilities": {"bad": 0.9}})
]
NEW = (200, {"status": "ok", "revision": "new", "version": "v-2"})
OLD = (200, {"status": "ok", "revision": "old", "version": "v-1"})


@contextmanager
def server(answers: Answers, key: str = "Bearer vx_key") -> Iterator[tuple[str, list[str]]]:
    """Answer each path by its answers in turn, then by the last; give where, and what was asked."""
    left = {path: list(told) for path, told in answers.items()}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append(self.path)
            told = left[self.path]
            status, body = told.pop(0) if len(told) > 1 else told[0]
            if self.headers["Authorization"] != key:
                status, body = 401, {}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_told: object) -> None:
            """Say nothing."""

    serves = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=serves.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{serves.server_port}", asked
    finally:
        serves.shutdown()
        thread.join()
        serves.server_close()


def smoke_test(*options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "scripts/smoke_test.py"), *options],
        env=clean_environment() | {"SMOKE_KEY": "vx_key"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=60,
    )
    return done.returncode, done.stdout


def test_the_build_of_before_does_not_pass_for_the_new_one() -> None:
    answers = {"/health/ready": READY, "/predict": JUDGED, "/health": [OLD]}
    with server(answers) as (url, _):
        assert smoke_test(url)[0] == 0
        status, said = smoke_test(url, "--revision", "new", "--wait", "1")
    assert status == 1
    assert "/health does not say revision new after 1 s" in said
    assert "old" in said


@pytest.mark.parametrize("wanted", [("--revision", "new"), ("--version", "v-2")])
def test_it_waits_until_only_the_new_one_answers(wanted: tuple[str, str]) -> None:
    """A load balancer asks both for a while."""
    told = [OLD, NEW, NEW, OLD, NEW, NEW, NEW, NEW, OLD, NEW]
    with server({"/health/ready": READY, "/predict": JUDGED, "/health": told}) as (url, asked):
        status, said = smoke_test(url, *wanted)
    assert status == 0, said
    assert asked.count("/health") == 9 + 5


def test_what_passes_is_waited_for_and_what_does_not_is_told_at_once() -> None:
    busy = {"/health/ready": READY, "/predict": [(503, {}), (429, {}), (502, b"<html>"), *JUDGED]}
    with server(busy) as (url, asked):
        status, said = smoke_test(url)
        assert (status, asked.count("/predict")) == (0, 4), said
    with server({"/health/ready": READY, "/predict": [(422, {"code": "too-long"})]}) as (
        url,
        asked,
    ):
        status, said = smoke_test(url)
    assert (status, asked.count("/predict")) == (1, 1)
    assert "/predict answers with status 422" in said


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (
            {"/": [(200, b"Voxpop")], "/health": [(200, {"status": "no-api"})]},
            '{"status": "no-api"}',
        ),
        ({"/": [(200, b"Voxpop")], "/health": [OLD]}, "revision new after 1 s"),
        ({"/": [(200, b"It works!")]}, "is not the page"),
        ({"/": [(200, b"Voxpop")], "/health": [NEW]}, ""),
    ],
)
def test_a_page_must_reach_its_api(page: Answers, said: str) -> None:
    api = {"/health/ready": READY, "/predict": JUDGED, "/health": [NEW]}
    as_a_browser = "Basic " + base64.b64encode(b"smoke:vx_key").decode()
    with server(api) as (url, _), server(page, as_a_browser) as (page_url, _):
        options = ("--page", f"{page_url}/", "--revision", "new", "--wait", "1")
        status, told = smoke_test(url, *options)
    assert status == (1 if said else 0), told
    assert said in told


def test_an_address_of_its_own_needs_no_state() -> None:
    answers = {"/health/ready": READY, "/predict": JUDGED, "/health": [NEW]}
    with server(answers) as (url, _):
        done = subprocess.run(
            ["make", "smoke-test", f"API_URL={url}", "VERSION=v-2"],
            cwd=CHECKOUT,
            env=clean_environment() | {"SMOKE_KEY": "vx_key"},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    assert f"{url} serves v-1: bad (0.90)" in done.stdout
