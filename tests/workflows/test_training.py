"""The steps of training.yaml, run here: train from S3, publish as candidate, make it the champion.

Real are S3, the trainer and what `make` does. The environment of the development stands in for the
runner's: nothing is installed.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.checkout import CHECKOUT, copy_checkout
from tests.s3_server import SeaweedFS, seaweedfs
from tests.serve_program import AWS, BUCKET, registry_variables, s3_client, serving_program
from tests.workflow_steps import Runner, without_settings

pytestmark = [pytest.mark.train, pytest.mark.slow]
PROGRAM = [sys.executable, "-m", "voxpop_apps.cli"]
WORDS = (("poor", "broken", "awful"), ("great", "lovely", "superb"))


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[SeaweedFS]:
    """A server that holds reviews as the Hub has them."""
    with seaweedfs(tmp_path / "s3") as server:
        client = s3_client(server.url)
        client.create_bucket(Bucket=BUCKET)
        for split, rows in (("train", 900), ("test", 300)):
            file = pa.BufferOutputStream()
            labels = [at % 2 for at in range(rows)]
            said = [f"It is {WORDS[one][at % 3]}, {at}" for at, one in enumerate(labels)]
            pa.parquet.write_table(
                pa.table(
                    {
                        "label": pa.array(labels, pa.int64()),
                        "title": [f"No. {at}" for at in range(rows)],
                        "content": said,
                    }
                ),
                file,
            )
            client.put_object(
                Bucket=BUCKET,
                Key=f"amazon_polarity/{split}/0.parquet",
                Body=file.getvalue().to_pybytes(),
            )
        yield server


@pytest.fixture
def runner(s3: SeaweedFS, tmp_path: Path) -> Runner:
    checkout = copy_checkout(tmp_path / "checkout")
    series = f"py{sys.version_info.major}.{sys.version_info.minor}"
    environment = CHECKOUT / ".venv" / series
    if not Path(sys.prefix).samefile(environment):
        pytest.skip("`make install` has not made the environment that these tests run in")
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / series).symlink_to(environment)
    for folder in ("core", "plugins", "apps"):
        shutil.copytree(CHECKOUT / folder, checkout / folder)
    return Runner(
        "training.yaml",
        checkout=checkout,
        contexts={
            "vars.AWS_REGION": "us-east-1",
            "vars.DATA_BUCKET": BUCKET,
            "vars.AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/voxpop-train",
            "vars.API_URL": "",
            "secrets.SMOKE_KEY": "",
            "inputs.config": "configs/amazon_polarity.toml",
            "inputs.limit": "800",
            "inputs.model": "linear",
        },
        environment=without_settings()
        | AWS
        | {
            "AWS_ENDPOINT_URL": s3.url,
            "PYTHON": sys.executable,
            "VOXPOP_HOME": str(tmp_path / "home"),
        },
        scratch=tmp_path,
    )


@pytest.mark.timeout(600)
def test_what_beats_the_champion_becomes_candidate_and_then_champion(
    runner: Runner, s3: SeaweedFS, tmp_path: Path
) -> None:
    status, said = runner.run("train")
    assert status == 0, said
    assert "installing" not in said.lower()
    version = runner.contexts["needs.train.outputs.version"]
    assert runner.contexts["needs.train.outputs.better"] == "true"
    assert runner.contexts["needs.train.outputs.beaten"] == "none"
    assert json.loads(runner.summary)["promotion"]["alias"] == "candidate"
    report = runner.checkout / "build/trained/bundle/report/report.html"
    assert "<html" in report.read_text(encoding="utf-8")

    status, said = runner.run("promote")
    assert status == 0, said
    assert version in said.splitlines()
    assert f"nobody has looked whether the API serves {version}" in runner.summary

    # The approval of another run, which was compared with no champion, comes too late.
    status, said = runner.run("promote")
    assert status != 0
    assert f"'champion' points at {version}, not at nothing" in said
    assert len(said.splitlines()) < 20, "nothing was promoted, so nothing comes back"

    # What runs takes the next one over: it was asked, until it did.
    assert runner.run("train")[0] == 0
    following = runner.contexts["needs.train.outputs.version"]
    assert following != version
    runner.contexts |= {
        "needs.train.outputs.beaten": version,
        "secrets.SMOKE_KEY": "vx_key",
    }
    settings = registry_variables(s3.url) | {
        "VOXPOP_HOME": str(tmp_path / "api"),
        "VOXPOP_REGISTRY__PREFIX": "models",
        "VOXPOP_API_POLL_S": "0.2",
    }
    with serving_program(PROGRAM, settings, tmp_path / "api.log") as api:
        runner.contexts["vars.API_URL"] = api.url
        status, said = runner.run("promote")
        assert status == 0, said
        assert f"{api.url} serves {following}: " in said

    # This one does not take over what it is told, so the champion of before comes back.
    runner.contexts |= {
        "needs.train.outputs.version": version,
        "needs.train.outputs.beaten": following,
    }
    runner.replaced = {"SMOKE_WAIT_S": "2"}
    settings["VOXPOP_API_REFERENCE"] = following
    with serving_program(PROGRAM, settings, tmp_path / "other.log") as api:
        runner.contexts["vars.API_URL"] = api.url
        status, said = runner.run("promote")
    assert status != 0
    assert f"/health does not say version {version} after 2 s" in said
    assert said.splitlines()[-1] == following
