from __future__ import annotations

from pathlib import Path

import pytest

from voxpop import (
    PartConfig,
    PartNotFoundError,
    Plugins,
    Registry,
    RegistryPart,
    RunConfig,
    Settings,
    SettingsError,
    open_registry,
)
from voxpop.testing.doubles import sample_parts


class VaultConfig(PartConfig):
    bucket: str
    retries: int = 3
    root: Path | None = None


opened: list[VaultConfig] = []
MEMORY = next(part for part in sample_parts() if isinstance(part, RegistryPart))


def open_vault(config: VaultConfig) -> Registry:
    opened.append(config)
    registry: Registry = MEMORY.open(MEMORY.config())
    return registry


VAULT = RegistryPart(name="vault", summary="A vault", config=VaultConfig, open=open_vault)
PLUGINS = Plugins.of(*sample_parts(), VAULT)
TABLES = {
    "data": {"name": "sample-reviews"},
    "tokenizer": {"name": "words"},
    "model": {"name": "word-weights"},
}


@pytest.fixture(autouse=True)
def _vault(monkeypatch: pytest.MonkeyPatch) -> None:
    opened.clear()
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "vault")


def test_the_environment_opens_the_registry_that_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__BUCKET", "123")
    monkeypatch.setenv("VOXPOP_REGISTRY__RETRIES", "5")
    monkeypatch.setenv("VOXPOP_REGISTRY__ROOT", "/a")
    assert list(open_registry(PLUGINS, Settings()).versions()) == []
    assert opened == [VaultConfig(bucket="123", retries=5, root=Path("/a"))]


def test_every_wrong_option_is_told_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__RETRIES", "many")
    monkeypatch.setenv("VOXPOP_REGISTRY__BUKET", "x")
    with pytest.raises(SettingsError) as caught:
        open_registry(PLUGINS, Settings())
    owner = "the registry 'vault' (in-memory 0)"
    assert sorted(str(caught.value).splitlines()) == [
        f"VOXPOP_REGISTRY__BUCKET: is missing; {owner} needs it",
        f"VOXPOP_REGISTRY__BUKET: unknown option of {owner}. Allowed: bucket, retries, root. "
        "Did you mean 'bucket'?",
        f'VOXPOP_REGISTRY__RETRIES: "many" does not fit {owner}: input should be a valid integer, '
        "unable to parse string as an integer",
    ]
    assert opened == []


def test_a_registry_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "valt")
    with pytest.raises(
        PartNotFoundError,
        match=r"VOXPOP_REGISTRY__NAME is 'valt'\. No registry is called 'valt'.*mean 'vault'",
    ):
        open_registry(PLUGINS, Settings())


def test_a_run_config_without_registry_takes_that_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__BUCKET", "b")
    run = RunConfig.of(TABLES, plugins=PLUGINS)
    run.open_registry()
    run.open_registry(Settings(registry={"name": "vault", "bucket": "c"}))
    assert [config.bucket for config in opened] == ["b", "c"]


def test_a_run_config_with_a_registry_does_not_ask_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "absent")
    tables = {**TABLES, "registry": {"name": "vault", "bucket": "mine"}}
    RunConfig.of(tables, plugins=PLUGINS).open_registry()
    assert [config.bucket for config in opened] == ["mine"]
