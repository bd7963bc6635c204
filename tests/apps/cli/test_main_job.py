"""Train, look, predict, promote, roll back, pull, delete: the whole job by the real program."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Voxpop = Callable[..., subprocess.CompletedProcess[str]]


def test_train_prints_the_version_alone_on_stdout(trained: str) -> None:
    assert trained.startswith("v-")
    assert len(trained) == 18


def test_train_tells_programs_everything(voxpop: Voxpop, run_config: Path) -> None:
    first = json.loads(voxpop("train", run_config, "--json").stdout)
    assert first["promotion"] == {
        "alias": "champion",
        "moved": True,
        "reason": None,
        "holder": first["version"],
        "beaten": None,
    }
    second = json.loads(voxpop("train", run_config, "--json").stdout)
    assert second["version"] != first["version"]
    assert second["promotion"]["holder"] == first["version"]
    assert "does not beat" in second["promotion"]["reason"]


def test_overrides_are_what_was_trained(voxpop: Voxpop, run_config: Path) -> None:
    voxpop("train", run_config, "--set", "seed=11", "--set", "model.epochs=2")
    shown = json.loads(voxpop("registry", "show", "--json").stdout)
    assert shown["run_config"]["seed"] == 11
    assert shown["run_config"]["model"]["epochs"] == 2


def test_predict_arguments(voxpop: Voxpop, trained: str) -> None:
    done = voxpop("predict", "What an excellent lamp", "This is awful")
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert lines[0] == ["label", "confidence", "review"]
    assert [line[0] for line in lines[1:]] == ["positive", "negative"]


def test_predict_keeps_every_row_of_stdin(voxpop: Voxpop, trained: str) -> None:
    done = voxpop("predict", "--json", stdin="\ufeffexcellent\n\n awful \r\nlast line")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["label"] for answer in answers[:3]] == ["positive", None, "negative"]
    assert [answer["text"] for answer in answers] == ["excellent", "", " awful ", "last line"]
    assert {answer["version"] for answer in answers} == {trained}
    assert "1 line without text got no label" in done.stderr


def test_predict_reads_a_file(voxpop: Voxpop, trained: str, tmp_path: Path) -> None:
    (tmp_path / "reviews.txt").write_text("excellent\nawful\n" * 700)
    done = voxpop("predict", "--file", "reviews.txt")
    labels = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert labels == ["positive", "negative"] * 700


def test_evaluate_repeats_the_figures_of_the_version(voxpop: Voxpop, trained: str) -> None:
    shown = json.loads(voxpop("registry", "show", "--json").stdout)
    measured = json.loads(voxpop("evaluate", "--json").stdout)
    assert measured["version"] == trained
    assert measured["metrics"] == pytest.approx(shown["metrics"])
    assert "accuracy" in voxpop("evaluate").stdout


def test_promote_and_roll_back(voxpop: Voxpop, run_config: Path, trained: str) -> None:
    second = voxpop("train", run_config).stdout.strip()
    assert voxpop("registry", "promote", second).stdout.strip() == second
    rows = json.loads(voxpop("registry", "list", "--json").stdout)
    assert [row["version"] for row in rows] == [second, trained]
    assert rows[0]["aliases"] == ["champion"]
    assert voxpop("registry", "rollback").stdout.strip() == trained
    history = json.loads(voxpop("registry", "history", "--json").stdout)
    assert [move["version"] for move in history] == [trained, second, trained]


def test_a_version_that_was_compared_with_another_champion_is_not_promoted(
    voxpop: Voxpop, run_config: Path, trained: str
) -> None:
    new = ("--set", "promotion.alias=candidate", "--set", "promotion.against=champion")
    first = json.loads(voxpop("train", run_config, *new, "--set", "seed=3", "--json").stdout)
    second = first["version"]
    assert first["promotion"]["alias"] == "candidate"
    late = voxpop("registry", "promote", second, "--expected", "none")
    assert late.returncode == 8
    assert f"'champion' points at {trained}, not at nothing" in late.stderr
    assert voxpop("registry", "promote", second, "--expected", trained).returncode == 0
    assert voxpop("registry", "promote", trained, "--expected", trained).returncode == 8


def test_delete_spares_what_is_under_an_alias(
    voxpop: Voxpop, run_config: Path, trained: str
) -> None:
    protected = voxpop("registry", "delete", trained)
    assert protected.returncode == 8
    assert "champion" in protected.stderr
    second = voxpop("train", run_config).stdout.strip()
    assert voxpop("registry", "delete", second).returncode == 0
    assert second not in voxpop("registry", "list").stdout


def test_pull_gives_a_bundle_with_its_report(voxpop: Voxpop, trained: str, tmp_path: Path) -> None:
    assert voxpop("registry", "pull", "champion", "mine").stdout.strip() == trained
    assert (tmp_path / "mine/manifest.json").exists()
    assert (tmp_path / "mine/report/report.html").exists()
    again = voxpop("registry", "pull", "champion", "mine")
    assert again.returncode != 0
    assert "Traceback" not in again.stderr


def test_tables_for_people_name_everything(voxpop: Voxpop, trained: str) -> None:
    listed = voxpop("registry", "list").stdout
    assert trained in listed
    assert "champion" in listed
    shown = voxpop("registry", "show").stdout
    assert "word-weights (sample-plugin 1.0)" in shown
    assert trained in voxpop("registry", "history").stdout


def test_evaluate_writes_a_report(voxpop: Voxpop, trained: str, tmp_path: Path) -> None:
    done = voxpop("evaluate", "--out", "reports/again", "--json")
    assert done.returncode == 0, done.stderr
    assert "The report is reports/again/report.html" in done.stderr
    report = tmp_path / "reports" / "again"
    numbers = json.loads((report / "metrics.json").read_text())
    shown = json.loads(voxpop("registry", "show", "--json").stdout)
    assert numbers["evaluation"]["metrics"] == json.loads(done.stdout)["metrics"]
    rows = {name: shown["data"][name] for name in ("train", "validation", "test")}
    assert numbers["rows"] == rows
    assert "word-weights" in (report / "report.html").read_text()
    (tmp_path / "file").touch()
    refused = voxpop("evaluate", "--out", "file/below")
    assert (refused.returncode, "Traceback" in refused.stderr) == (9, False)


def test_the_version_of_the_program(voxpop: Voxpop) -> None:
    assert voxpop("--version").stdout.startswith("voxpop ")


def test_gc_removes_what_a_killed_publish_left(
    voxpop: Voxpop, trained: str, voxpop_home: Path
) -> None:
    left = voxpop_home / "registry" / "versions" / "v-0123456789abcdef" / "model" / "half"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half a model")
    assert json.loads(voxpop("registry", "gc", "--json").stdout) == [
        "versions/v-0123456789abcdef/model/half"
    ]
    assert not left.exists()
    assert "0 objects removed" in voxpop("registry", "gc", "--min-age", "0").stderr
    assert trained in voxpop("registry", "list").stdout


def test_a_bundle_in_a_directory_is_published(voxpop: Voxpop, trained: str, tmp_path: Path) -> None:
    assert voxpop("registry", "pull", trained, tmp_path / "bundle").returncode == 0
    other = {"VOXPOP_HOME": str(tmp_path / "other-home")}
    done = voxpop("registry", "publish", tmp_path / "bundle", **other)
    assert (done.returncode, done.stdout.strip()) == (0, trained), done.stderr
    assert f"voxpop registry promote {trained}" in done.stderr
    assert trained in voxpop("registry", "list", **other).stdout
    assert voxpop("registry", "publish", tmp_path / "nothing", **other).returncode == 7
