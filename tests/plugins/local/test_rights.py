"""A user without rights: another one than root, who reads everything."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bundles import make_bundle
from voxpop import StoreRegistry
from voxpop_plugins.local.store import LocalStore

ROOT = Path(__file__).parents[3]
NOBODY = 65534

# What the other user does: one call on the registry, whose fault is told by class and message.
PROGRAM = """
import os, sys
from pathlib import Path
from voxpop import StoreRegistry, VoxpopError, verify_bundle
from voxpop_plugins.local.store import LocalStore
if os.getuid() == 0:
    sys.exit("still root")
registry = StoreRegistry(LocalStore(Path(sys.argv[1])))
call, arguments = sys.argv[2], sys.argv[3:]
try:
    if call == "verify":
        print(verify_bundle(Path(arguments[0]))[1])
    elif call == "publish":
        print(registry.publish(Path(arguments[0])))
    elif call == "promote":
        registry.move_alias("champion", arguments[0], expected=arguments[1])
    elif call == "fetch":
        registry.fetch(arguments[0], Path(arguments[1]))
    elif call == "resolve":
        print(registry.resolve(arguments[0]))
except VoxpopError as fault:
    print(type(fault).__name__, fault)
"""

AsNobody = Callable[..., str]


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A registry that everybody may read and only its owner may write."""
    make_bundle(tmp_path / "bundle")
    make_bundle(tmp_path / "other", "other")
    registry = StoreRegistry(LocalStore(tmp_path / "registry"))
    version = registry.publish(tmp_path / "bundle")
    registry.move_alias("champion", version, expected=None)
    if os.getuid() == 0:
        for path in (tmp_path, *tmp_path.parents):
            if path.is_relative_to("/tmp") and path != Path("/tmp"):
                path.chmod(0o755)
    return tmp_path / "registry"


@pytest.fixture
def as_nobody(shelf: Path) -> AsNobody:
    """Does a call as a user without rights, and gives what was said."""
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root may take the rights of another user (by setpriv)")

    def call(*arguments: object) -> str:
        return subprocess.run(
            [
                *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
                *(sys.executable, "-c", PROGRAM, str(shelf), *map(str, arguments)),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    return call


def test_who_may_only_read_can_read(as_nobody: AsNobody, shelf: Path, tmp_path: Path) -> None:
    version = StoreRegistry(LocalStore(shelf)).resolve("champion")
    assert as_nobody("resolve", "champion") == version
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs").chmod(0o777)
    assert as_nobody("fetch", version, tmp_path / "theirs/fetched") == ""
    assert as_nobody("verify", tmp_path / "theirs/fetched") == version


def test_who_may_only_read_is_told_so(as_nobody: AsNobody, shelf: Path, tmp_path: Path) -> None:
    before = sorted(shelf.rglob("*"))
    version = StoreRegistry(LocalStore(shelf)).resolve("champion")
    for call in (
        ("publish", tmp_path / "other"),
        ("fetch", version, tmp_path / "no-right-here"),
    ):
        said = as_nobody(*call)
        assert said.startswith("StoreAccessError"), said
        assert str(tmp_path) in said
        assert f"cannot be written (Permission denied) by this user (uid {NOBODY})" in said
    assert sorted(shelf.rglob("*")) == before


def test_an_unreadable_file_is_named(as_nobody: AsNobody, shelf: Path, tmp_path: Path) -> None:
    secret = tmp_path / "bundle/model/model.onnx"
    secret.chmod(0o600)
    said = as_nobody("verify", tmp_path / "bundle")
    assert said.startswith(f"StoreAccessError '{secret}' cannot be read (Permission denied)")
    (shelf / "aliases").chmod(0o700)
    said = as_nobody("resolve", "champion")
    assert said.startswith(f"StoreAccessError '{shelf / 'aliases'}/champion.json' cannot be read")
