import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.bundles import make_bundle
from voxpop_plugins.local import plugin
from voxpop_plugins.local.config import LocalRegistryConfig, LocalStoreConfig


def test_the_parts_are_called_local() -> None:
    [store], [registry] = list(plugin.voxpop_stores()), list(plugin.voxpop_registries())
    assert (store.name, registry.name) == ("local", "local")


def test_by_default_things_lie_in_the_home(voxpop_home: Path, tmp_path: Path) -> None:
    [store], [registry] = list(plugin.voxpop_stores()), list(plugin.voxpop_registries())
    store.open(LocalStoreConfig()).write("a", b"one", expected=None)
    assert (voxpop_home / "store/a").read_bytes() == b"one"
    _, version = make_bundle(tmp_path / "bundle")
    assert registry.open(LocalRegistryConfig()).publish(tmp_path / "bundle") == version
    assert (voxpop_home / f"registry/versions/{version}/manifest.json").is_file()


def test_a_directory_may_be_given_and_may_begin_with_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    config = LocalStoreConfig(directory=Path("~/mine"))
    plugin.open_store(config).write("a", b"one", expected=None)
    assert (tmp_path / "mine/a").read_bytes() == b"one"


def test_opening_makes_nothing(voxpop_home: Path) -> None:
    assert list(plugin.open_registry(LocalRegistryConfig()).versions()) == []
    assert not voxpop_home.exists()


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ValidationError):
        LocalRegistryConfig.model_validate({"folder": "x"})


def test_importing_the_plugin_does_not_import_the_store() -> None:
    code = "import sys, voxpop_plugins.local.plugin; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "voxpop_plugins.local.config" in said.stdout.split()
    assert "voxpop_plugins.local.store" not in said.stdout.split()
