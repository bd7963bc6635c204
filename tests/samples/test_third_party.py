"""Plugins of other distributions, good and broken, built and installed as their users would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parent

FAULTS = {
    "broken-clash": "the tokenizer 'keras' is offered by broken-clash (voxpop-broken 0.3.0) and by "
    "keras (voxpop ",
    "broken-import": "ModuleNotFoundError: No module named 'a_library_that_nobody_has'",
    "broken-nothing": "it offers no part: mark voxpop_tokenizers with @voxpop.hookimpl",
    "broken-option": "has an option called 'name' in NamedConfig; a table's name selects the part",
    "broken-signature": "a hook has a wrong signature (hooks take nothing)",
    "broken-spelling": "there is no hook 'voxpop_tokenizer'",
    "broken-type": "voxpop_models gave a TokenizerPart; it must return an iterable of ModelPart",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory into which the distributions were installed by pip."""
    root = tmp_path_factory.mktemp("third-party")
    for name in ("voxpop-shout", "voxpop-broken"):
        shutil.copytree(SAMPLES / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
        command += ["--no-build-isolation", "--disable-pip-version-check"]
        done = subprocess.run(
            [*command, "--target", str(root / f"site-{name}"), str(root / name)],
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    return root


def run(site: Path, *installed: str, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run Python where those distributions are installed beside Voxpop."""
    path = os.pathsep.join(str(site / f"site-{name}") for name in installed)
    return subprocess.run(
        [sys.executable, *command],
        cwd=site,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )


def voxpop(*arguments: str) -> list[str]:
    return ["-c", "from voxpop_apps.cli.main import main; main()", *arguments]


def test_the_parts_are_found(site: Path) -> None:
    program = """
import json
from voxpop import ListenerPart, ModelPart, Plugins, TokenizerPart
plugins = Plugins.load()
wanted = [(TokenizerPart, "shout"), (ModelPart, "naive-bayes"), (ListenerPart, "shout")]
found = [plugins.origin(plugins.get(kind, name)) for kind, name in wanted]
print(json.dumps([[o.plugin, o.distribution, o.version, o.module] for o in found]))
"""
    done = run(site, "voxpop-shout", command=["-c", program])
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        ["shout", "voxpop-shout", "1.2.0", "voxpop_shout.tokenizer"],
        ["shout", "voxpop-shout", "1.2.0", "voxpop_shout.model"],
        ["shout", "voxpop-shout", "1.2.0", "voxpop_shout.listener"],
    ]


def test_the_command_line_lists_them(site: Path) -> None:
    done = run(site, "voxpop-shout", command=voxpop("plugins", "list", "--json"))
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout)
    theirs = [part for part in listed["parts"] if part["distribution"] == "voxpop-shout"]
    assert [(part["kind"], part["name"], part["version"]) for part in theirs] == [
        ("tokenizer", "shout", "1.2.0"),
        ("model", "naive-bayes", "1.2.0"),
        ("listener", "shout", "1.2.0"),
    ]
    assert listed["broken"] == []


def test_its_own_tests_pass(site: Path) -> None:
    command = ["-m", "pytest", str(site / "voxpop-shout"), "-q", "-p", "no:cacheprovider"]
    done = run(site, "voxpop-shout", command=command)
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout


def test_it_trains_and_answers(site: Path) -> None:
    program = """
from voxpop import Plugins, train
from voxpop.classifier import Classifier
from voxpop.testing import RecordingListener, sample_parts
from voxpop import ListenerPart, ModelPart, StoreRegistry, TokenizerPart
from voxpop.testing import MemoryStore
from pathlib import Path

installed = Plugins.load(only=["shout"])
theirs = [*installed.all(TokenizerPart), *installed.all(ModelPart), *installed.all(ListenerPart)]
plugins = Plugins.of(*sample_parts(), *theirs)
registry = StoreRegistry(MemoryStore())
trained = train(
    {
        "data": {"name": "sample-reviews", "count": 320},
        "tokenizer": {"name": "shout"},
        "model": {"name": "naive-bayes", "smoothing": 0.5},
        "registry": {"name": "memory"},
        "listeners": [{"name": "shout", "file": "shout.txt"}],
    },
    plugins=plugins,
    registry=registry,
)
registry.fetch(trained.version, Path("fetched"))
classifier = Classifier.load(Path("fetched"), plugins=plugins)
said = classifier.predict(["A lovely lamp!", "The lamp is BROKEN!"])
print([prediction.label for prediction in said], Path("shout.txt").read_text())
"""
    done = run(site, "voxpop-shout", command=["-c", program])
    assert done.returncode == 0, done.stderr
    assert "['positive', 'negative'] MEASURED! ACCURACY 1.000" in done.stdout
    assert "PUBLISHED! v-" in done.stdout


@pytest.fixture(scope="module")
def listed(site: Path) -> dict[str, Any]:
    """Give what the command line lists where the broken plugins are installed, too."""
    done = run(site, "voxpop-shout", "voxpop-broken", command=voxpop("plugins", "list", "--json"))
    assert done.returncode == 4, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer | {"stderr": done.stderr}


@pytest.mark.parametrize("plugin", FAULTS)
def test_a_broken_plugin_is_named_with_its_fault(listed: dict[str, Any], plugin: str) -> None:
    told = {broken["plugin"]: broken for broken in listed["broken"]}
    assert (told[plugin]["distribution"], told[plugin]["version"]) == ("voxpop-broken", "0.3.0")
    assert FAULTS[plugin] in told[plugin]["reason"]
    assert f"broken: {plugin} (voxpop-broken 0.3.0): " in listed["stderr"]


def test_nothing_else_is_broken(listed: dict[str, Any]) -> None:
    # A clash breaks both sides: nobody can tell which of the two is meant.
    assert {broken["plugin"] for broken in listed["broken"]} == {*FAULTS, "keras"}
    names = {(part["kind"], part["name"]) for part in listed["parts"]}
    assert ("tokenizer", "keras") not in names
    assert {("model", "bilstm"), ("tokenizer", "shout"), ("data source", "files")} <= names


def test_help_never_breaks(site: Path) -> None:
    done = run(site, "voxpop-broken", command=voxpop("--help"))
    assert (done.returncode, done.stderr) == (0, "")
