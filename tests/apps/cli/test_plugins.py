from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from voxpop import PartNotFoundError
from voxpop_apps.cli.plugins import plugins_app

Voxpop = Callable[..., subprocess.CompletedProcess[str]]


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(plugins_app, arguments)


def test_the_parts_are_listed(voxpop: Voxpop) -> None:
    done = voxpop("plugins", "list", VOXPOP_PLUGINS="sample")
    assert (done.returncode, done.stderr) == (0, "")
    header, *rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert header == ["kind", "name", "plugin", "from", "summary"]
    assert [row[:4] for row in rows] == [
        ["data source", "sample-reviews", "sample", "sample-plugin 1.0"],
        ["tokenizer", "words", "sample", "sample-plugin 1.0"],
        ["model", "word-weights", "sample", "sample-plugin 1.0"],
    ]


def test_the_default_plugins_are_whole(voxpop: Voxpop) -> None:
    done = voxpop("plugins", "list", "--json", PYTHONPATH="")
    listed = json.loads(done.stdout)
    assert (done.returncode, listed["broken"]) == (0, [])
    assert {(part["kind"], part["name"]) for part in listed["parts"]} >= {
        ("data source", "files"),
        ("data source", "movie-reviews"),
        ("tokenizer", "keras"),
        ("model", "bilstm"),
        ("registry", "local"),
        ("store", "local"),
    }
    assert {part["distribution"] for part in listed["parts"]} == {"voxpop"}


def test_a_broken_plugin_is_listed_and_the_others_still_are(
    broken_plugin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPOP_PLUGINS", f"{broken_plugin},local")
    done = invoke("list")
    assert done.exit_code == 4
    assert done.stdout.splitlines()[1].startswith("registry\tlocal\tlocal\tvoxpop ")
    assert done.stderr.startswith(f"broken: {broken_plugin} (voxpop-broken 2.0): ImportError: ")
    as_json = invoke("list", "--json")
    assert as_json.exit_code == 4
    (broken,) = json.loads(as_json.stdout)["broken"]
    assert broken["plugin"] == broken_plugin
    assert (broken["distribution"], broken["version"]) == ("voxpop-broken", "2.0")


def test_a_broken_plugin_does_not_stop_the_rest(voxpop: Voxpop, broken_site: str) -> None:
    assert voxpop("--help", PYTHONPATH=broken_site).returncode == 0
    assert voxpop("registry", "list", PYTHONPATH=broken_site).returncode == 0
    done = voxpop("plugins", "list", PYTHONPATH=broken_site)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_a_run_that_needs_a_broken_part_is_refused(
    voxpop: Voxpop, broken_site: str, run_config: object
) -> None:
    done = voxpop("train", run_config, "--set", "model.name=absent", PYTHONPATH=broken_site)
    assert done.returncode == 3
    assert "It may be in a broken plugin:" in done.stderr
    assert "(voxpop-broken 2.0): ImportError: no wheels" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_part_is_shown_with_its_options() -> None:
    done = invoke("show", "local")
    assert done.exit_code == 0
    first, second = done.stdout.split("\n\nstore local: ")
    assert first.startswith("registry local: ")
    assert "\nfrom voxpop " in first
    assert "local/plugin.py:" in first
    assert "\noption\ttype\tdefault\tmeaning\ndirectory\tpath\tnot set\t" in first
    assert "directory\tpath\tnot set\t" in second


def test_a_part_is_shown_as_json() -> None:
    done = invoke("show", "files", "--json")
    (shown,) = json.loads(done.stdout)
    assert (shown["kind"], shown["plugin"], shown["distribution"]) == (
        "data source",
        "files",
        "voxpop",
    )
    options = {option["name"]: option for option in shown["options"]}
    assert options["train"]["required"]
    assert options["format"]["default"] == '"auto"'


def test_a_part_that_is_not_there_is_told() -> None:
    done = invoke("show", "bilst")
    assert isinstance(done.exception, PartNotFoundError)
    assert "Did you mean 'bilstm'?" in str(done.exception)


def test_a_plugin_that_is_not_there_is_told(voxpop: Voxpop) -> None:
    done = voxpop("plugins", "list", VOXPOP_PLUGINS="kears")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("voxpop: VOXPOP_PLUGINS names 'kears', ")
    assert "Did you mean 'keras'?" in done.stderr
