"""A user without rights: another one than root, who reads everything."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bundles import make_bundle
from tests.registry_process import NOBODY, WarmProcess
from voxpop import StoreRegistry
from voxpop_plugins.local.store import LocalStore

AsNobody = Callable[..., str]


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A directory that everybody may enter; pytest's own are for its user alone."""
    with tempfile.TemporaryDirectory(prefix="voxpop-rights-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def shelf(open_to_all: Path) -> Path:
    """A registry that everybody may read and only its owner may write."""
    make_bundle(open_to_all / "bundle")
    make_bundle(open_to_all / "other", "other")
    registry = StoreRegistry(LocalStore(open_to_all / "registry"))
    version = registry.publish(open_to_all / "bundle")
    registry.move_alias("champion", version, expected=None)
    return open_to_all / "registry"


@pytest.fixture
def as_nobody(shelf: Path, warm: WarmProcess) -> AsNobody:
    """Does a call as a user without rights, and gives what was said."""
    if os.getuid() != 0:
        pytest.skip("only root may take the place of another user")

    def call(*arguments: object) -> str:
        _, said, _ = warm.run("as_nobody", shelf, *arguments).lines
        return said

    return call


def test_who_may_only_read_can_read(as_nobody: AsNobody, shelf: Path, open_to_all: Path) -> None:
    version = StoreRegistry(LocalStore(shelf)).resolve("champion")
    assert as_nobody("resolve", "champion") == f"gave {version}"
    (open_to_all / "theirs").mkdir()
    (open_to_all / "theirs").chmod(0o777)
    assert as_nobody("fetch", version, open_to_all / "theirs/fetched") == "gave None"
    assert as_nobody("verify", open_to_all / "theirs/fetched") == f"gave {version}"


def test_who_may_only_read_is_told_so(as_nobody: AsNobody, shelf: Path, open_to_all: Path) -> None:
    before = sorted(open_to_all.rglob("*"))
    version = StoreRegistry(LocalStore(shelf)).resolve("champion")
    for call in (
        ("publish", open_to_all / "other"),
        ("fetch", version, open_to_all / "no-right-here"),
    ):
        said = as_nobody(*call)
        assert said.startswith("StoreAccessError"), said
        assert str(open_to_all) in said
        assert f"cannot be written (Permission denied) by this user (uid {NOBODY})" in said
    assert sorted(open_to_all.rglob("*")) == before


def test_an_unreadable_file_is_named(as_nobody: AsNobody, shelf: Path, open_to_all: Path) -> None:
    secret = open_to_all / "bundle/model/model.onnx"
    secret.chmod(0o600)
    said = as_nobody("verify", open_to_all / "bundle")
    assert said.startswith(f"StoreAccessError '{secret}' cannot be read (Permission denied)")
    (shelf / "aliases").chmod(0o700)
    said = as_nobody("resolve", "champion")
    assert said.startswith(f"StoreAccessError '{shelf}/aliases/champion.json' cannot be read")
