"""A real server of two workers: whichever is asked, it tells the figures of both."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest

from tests.apps.cli.conftest import program, site
from tests.serve_program import Program, serving_program, until_status, until_told
from voxpop import FeedbackLog, Plugins, Settings, open_registry
from voxpop.testing import make_bundle
from voxpop_plugins.local.store import LocalStore

__all__ = ["program", "site"]

REVIEWS = 30
ANSWERED = 'voxpop_requests_total{route="/predict",status="200"}'


def test_either_worker_tells_the_figures_of_both_and_takes_feedback(
    program: list[str],
    site: Path,
    voxpop_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "local")
    make_bundle(tmp_path / "bundle")
    registry = open_registry(Plugins.load(), Settings())
    version = registry.publish(tmp_path / "bundle")
    registry.move_alias("champion", version, expected=None)
    environment = {"PYTHONPATH": str(site), "VOXPOP_API_FEEDBACK_FLUSH_S": "0.2"}
    serving = f'voxpop_version_info{{reference="champion",role="main",version="{version}"}}'
    with serving_program(program, environment, tmp_path / "log", "--workers", "2") as server:
        until_status(server, "/health/ready", 200)
        until_told(server, serving, 2)
        workers = children(server)
        for number in range(REVIEWS):
            answer = server.post("/predict", json={"content": "lovely"}, headers=named(number))
            assert answer.status_code == 200
        until_told(server, ANSWERED, REVIEWS)  # what a worker put aside, others tell a second later
        assert_all_tell(server, version)

        # By its id, feedback is taken by the worker that answered; by its text, by either.
        by_id, unknown = 0, 0
        for number in range(REVIEWS):
            given = {"request_id": f"r-{number}", "label": "positive"}
            answer = server.post("/feedback", json=given)
            if answer.status_code == 202:
                by_id += 1
                continue
            unknown += 1
            assert answer.status_code == 404
            assert "send the text too" in answer.json()["detail"]
            assert server.post("/feedback", json=given | {"content": "lovely"}).status_code == 202
        until_told(server, "voxpop_feedback_sent_total", REVIEWS)
        verdicts = [
            value
            for name, value in server.metrics().items()
            if name.startswith("voxpop_feedback_total")
        ]
        assert sum(verdicts) == REVIEWS
        kept = list(FeedbackLog(LocalStore(voxpop_home / "store")).read())
        assert sorted(one.request_id or "" for one in kept) == sorted(
            f"r-{number}" for number in range(REVIEWS)
        )
        assert sum(one.version is not None for one in kept) >= by_id

        victim = min(workers)
        psutil.Process(victim).kill()
        end = time.monotonic() + 60
        while victim in children(server) or len(children(server)) < len(workers):
            assert time.monotonic() < end
            time.sleep(0.05)
        until_status(server, "/health/ready", 200)
        until_told(server, serving, 2)
        assert_all_tell(server, version)


def assert_all_tell(server: Program, version: str) -> None:
    for _ in range(10):
        told = server.metrics()
        assert told[ANSWERED] == REVIEWS
        assert told[f'voxpop_predictions_total{{label="positive",version="{version}"}}'] == REVIEWS
        assert told["voxpop_confidence_count"] == REVIEWS
        assert told["voxpop_batch_reviews_sum"] == REVIEWS
        assert told[f'voxpop_drift_window_reviews{{version="{version}"}}'] <= REVIEWS
        assert told["voxpop_queue_reviews"] == 0


def children(server: Program) -> set[int]:
    found = psutil.Process(server.process.pid).children()
    living = [one for one in found if one.status() != psutil.STATUS_ZOMBIE]
    return {one.pid for one in living if "resource_tracker" not in " ".join(one.cmdline())}


def named(number: int) -> dict[str, str]:
    return {"x-request-id": f"r-{number}"}
