"""The real server starts while its S3 server is down: from the disk, or with nothing to serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.apps.cli.conftest import program, site
from tests.s3_server import seaweedfs
from tests.serve_program import (
    AWS,
    registry_variables,
    s3_registry,
    serving_program,
    until_status,
    until_told,
)
from voxpop.testing import make_bundle

__all__ = ["program", "site"]

REVIEW = {"content": "lovely thing"}


def test_a_start_without_the_registry_serves_what_was_served_last(
    program: list[str], site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    with seaweedfs(tmp_path / "s3") as s3:
        environment = registry_variables(s3.url) | {
            "PYTHONPATH": str(site),
            "VOXPOP_API_POLL_S": "0.2",
        }
        known = environment | {"VOXPOP_HOME": str(tmp_path / "known")}
        new = environment | {"VOXPOP_HOME": str(tmp_path / "new")}
        registry = s3_registry(s3)
        make_bundle(tmp_path / "bundle")
        version = registry.publish(tmp_path / "bundle")
        registry.move_alias("champion", version, expected=None)
        with serving_program(program, known, tmp_path / "before.log") as server:
            until_status(server, "/health/ready", 200)
            expected = server.post("/predict", json=REVIEW).json()
            assert server.metrics()['voxpop_served_from_cache{role="main"}'] == 0

        s3.kill()
        with (
            serving_program(program, known, tmp_path / "known.log") as server,
            serving_program(program, new, tmp_path / "new.log") as empty,
        ):
            until_status(server, "/health/ready", 200)
            answer = server.post("/predict", json=REVIEW).json()
            assert answer["version"] == version
            assert answer["probabilities"] == expected["probabilities"]
            told = server.metrics()
            assert told['voxpop_served_from_cache{role="main"}'] == 1
            assert told['voxpop_registry_up{role="main"}'] == 0
            assert told["voxpop_registry_failures_total"] >= 1
            info = f'reference="champion",role="main",version="{version}"'
            assert told[f"voxpop_version_info{{{info}}}"] == 1
            log = (tmp_path / "known.log").read_text()
            assert f"champion (main) is served by {version}, from the disk as it last was" in log
            assert "champion (main) cannot be followed" in log
            assert "Traceback" not in log

            until_status(empty, "/health/live", 200)
            refusal = empty.post("/predict", json=REVIEW)
            assert refusal.status_code == 503
            assert float(refusal.headers["retry-after"]) > 0
            assert empty.get("/health/ready").status_code == 503
            assert empty.metrics()['voxpop_registry_up{role="main"}'] == 0

            s3.start()
            until_status(empty, "/health/ready", 200)
            assert empty.post("/predict", json=REVIEW).json()["version"] == version
            until_told(server, 'voxpop_served_from_cache{role="main"}', 0)
            assert server.metrics()['voxpop_registry_up{role="main"}'] == 1
            assert "The registry answers again" in (tmp_path / "known.log").read_text()
