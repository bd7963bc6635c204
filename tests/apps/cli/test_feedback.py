"""`voxpop feedback report`."""

import datetime
import json
from pathlib import Path

import pytest

from tests.apps.cli.conftest import Voxpop
from voxpop import FeedbackLog, FeedbackRecord, Plugins, StorePart


@pytest.fixture
def feedback(voxpop_home: Path) -> None:
    part = Plugins.load().get(StorePart, "local")
    at = datetime.datetime(2026, 11, 3, 12, tzinfo=datetime.UTC)
    records = [
        FeedbackRecord(at=at, label="positive", text="x", predicted=predicted, version="v-1")
        for predicted in ("positive", "positive", "negative")
    ]
    FeedbackLog(part.open(part.config())).append("a", records)


@pytest.mark.usefixtures("feedback")
def test_accuracy_is_shown_with_its_interval_and_its_bias(voxpop: Voxpop) -> None:
    done = voxpop("feedback", "report")
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert lines[0] == ["of", "right", "judged", "accuracy", "95 % interval"]
    assert lines[1] == ["all", "2", "3", "0.667", "0.208 to 0.939"]
    assert [line[0] for line in lines[2:]] == ["version v-1", "label positive"]
    assert "not that of all predictions" in done.stderr


@pytest.mark.usefixtures("feedback")
def test_json_over_a_range_of_days(voxpop: Voxpop) -> None:
    done = voxpop("feedback", "report", "--since", "2026-11-03", "--until", "2026-11-03", "--json")
    assert json.loads(done.stdout)["overall"]["judged"] == 3
    done = voxpop("feedback", "report", "--since", "2026-11-04", "--json")
    assert json.loads(done.stdout)["overall"] == {
        "right": 0,
        "judged": 0,
        "accuracy": None,
        "low": None,
        "high": None,
    }


def test_mistakes_get_one_message(voxpop: Voxpop) -> None:
    done = voxpop("feedback", "report", "--since", "2026-11-04", "--until", "2026-11-03")
    assert (done.returncode, "is after --until" in done.stderr) == (2, True)
    done = voxpop("feedback", "report", "--set", "bucket=b")
    assert (done.returncode, "name the store too" in done.stderr) == (2, True)
    done = voxpop("feedback", "report", VOXPOP_API_FEEDBACK__NAME="s4")
    assert done.returncode == 4
    assert "VOXPOP_API_FEEDBACK__NAME is 's4'" in done.stderr
