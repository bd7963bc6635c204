"""What `pip install voxpop` brings: whole, typed, without tests, and small where it answers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import time
import tomllib
import urllib.request
import venv
import zipfile
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.packaging.locks import CHECKOUT, pinned

# Lists the parts and answers a command, as a machine that only answers would.
_LIST_PARTS = """
import importlib.util, json, sys
sys.path[:0] = sys.argv[1:]
import voxpop
from voxpop_apps.cli.demo import demo_config
plugins = voxpop.Plugins.load()
print(json.dumps({
    "broken": [str(broken) for broken in plugins.broken],
    "models": [part.name for part in plugins.all(voxpop.ModelPart)],
    "sources": [part.name for part in plugins.all(voxpop.DataSourcePart)],
    "home": voxpop.__file__,
    "demo_config": demo_config().read_text(encoding="utf-8"),
    "training": [name for name in ("tensorflow", "keras", "jax", "pandas", "datasets", "sklearn")
                 if importlib.util.find_spec(name)],
}))
"""


# Trains a champion here, where the training libraries are, for the machine that only answers.
_RUN_CONFIG = """
[data]
name = "files"
train = "reviews.csv"
content_column = "content"
label_column = "stars"
labels = { "1" = "negative", "5" = "positive" }
[tokenizer]
name = "keras"
[model]
name = "bilstm"
embedding_size = 8
lstm_units = [6, 4]
dense_units = 4
batch_size = 16
epochs = 3
learning_rate = 0.02
[promotion]
minimum = 0.0
"""
_ABSENT = ("tensorflow", "keras", "pandas", "datasets", "pyarrow", "scipy")


def build(source: Path, kind: str, into: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(into)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (built,) = into.iterdir()
    return built


def files_of(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(CHECKOUT, "wheel", tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_every_file_and_no_test(wheel: Path) -> None:
    held = files_of(wheel)
    for folder, package in (
        ("core", "voxpop"),
        ("plugins", "voxpop_plugins"),
        ("apps", "voxpop_apps"),
    ):
        files = (CHECKOUT / folder / package).rglob("*.*")
        expected = {
            file.relative_to(CHECKOUT / folder).as_posix()
            for file in files
            if file.is_file() and file.suffix != ".pyc"
        }
        assert expected
        assert expected <= held
        assert f"{package}/py.typed" in held
    roots = {name.partition("/")[0] for name in held}
    version = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    metadata = f"voxpop-{version}.dist-info"
    assert roots == {"voxpop", "voxpop_plugins", "voxpop_apps", metadata}
    assert f"{metadata}/licenses/LICENSE" in held
    assert not [name for name in held if "test_" in name or name.endswith((".pyc", ".ipynb"))]


def test_the_source_archive_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = build(CHECKOUT, "sdist", tmp_path / "sdist")
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    assert files_of(build(source, "wheel", tmp_path / "wheel")) == files_of(wheel)


def test_a_machine_that_answers_needs_the_lock_of_the_api_alone(
    wheel: Path, tmp_path: Path
) -> None:
    """The small form: the locked libraries are linked from this environment, not installed."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "voxpop")
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for name in pinned("api", f"{sys.version_info.major}.{sys.version_info.minor}"):
        installed = distribution(name)
        for top in {file.parts[0] for file in installed.files or () if file.parts[0] != ".."}:
            link = libraries / top
            if not link.exists():
                link.symlink_to(Path(str(installed.locate_file(top))))
    told = list_parts([sys.executable, "-I", "-S"], str(tmp_path / "voxpop"), str(libraries))
    assert_it_can_answer(told, tmp_path)


@pytest.mark.slow
def test_a_fresh_environment_answers(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    python = str(environment / "bin" / "python")
    lock = CHECKOUT / "requirements" / "api.txt"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    assert_it_can_answer(list_parts([python, "-I"]), environment)
    listed = subprocess.run(
        [str(environment / "bin" / "voxpop"), "plugins", "list", "--json"],
        check=True,
        capture_output=True,
    )
    assert json.loads(listed.stdout)
    assert_it_serves(environment, tmp_path)


def assert_it_serves(environment: Path, scratch: Path) -> None:
    """Serve a champion that was trained elsewhere, ask it, and stop it."""
    find = f"import importlib.util as u; print([n for n in {_ABSENT} if u.find_spec(n)])"
    python = str(environment / "bin" / "python")
    found = subprocess.run([python, "-I", "-c", find], check=True, capture_output=True)
    assert found.stdout.strip() == b"[]"
    rows = [f"{stars},{word} {n}" for n in range(40) for stars, word in ((5, "lovely"), (1, "bad"))]
    (scratch / "reviews.csv").write_text("\n".join(["stars,content", *rows]), encoding="utf-8")
    (scratch / "run.toml").write_text(_RUN_CONFIG, encoding="utf-8")
    home = {"VOXPOP_HOME": str(scratch / "home")}
    trained = subprocess.run(
        [sys.executable, "-m", "voxpop_apps.cli", "train", "run.toml"],
        cwd=scratch,
        env=os.environ | home,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    variables = {"PATH": os.environ["PATH"], **home}
    with (scratch / "serve.log").open("w+b") as log:
        server = subprocess.Popen(
            [str(environment / "bin" / "voxpop"), "serve", "--port", "0"],
            env=variables,
            stderr=log,
        )
        try:
            while not (at := re.search(r" at (http://\S+)", Path(log.name).read_text())):
                assert server.poll() is None, Path(log.name).read_text()
                time.sleep(0.05)
            # The port listens before the version is loaded; requests wait for it.
            asked = urllib.request.Request(
                f"{at[1]}/predict",
                data=json.dumps({"content": "lovely thing"}).encode(),
                headers={"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(asked, timeout=60) as answer:
                said = json.load(answer)
            assert said["version"] == trained.stdout.strip()
            assert said["label"] in {"negative", "positive"}
        finally:
            server.terminate()
            status = server.wait(60)
    assert status == 0, (scratch / "serve.log").read_text()


def list_parts(python: Sequence[str], *paths: str) -> dict[str, object]:
    done = subprocess.run(
        [*python, "-c", _LIST_PARTS, *paths], capture_output=True, check=True, encoding="utf-8"
    )
    told: dict[str, object] = json.loads(done.stdout)
    return told


def assert_it_can_answer(told: dict[str, object], home: Path) -> None:
    assert str(told["home"]).startswith(str(home))
    assert told["training"] == []
    assert told["broken"] == []
    assert "bilstm" in str(told["models"])
    assert "movie-reviews" in str(told["sources"])
    demo = (CHECKOUT / "configs" / "demo.toml").read_text(encoding="utf-8")
    assert told["demo_config"] == demo
