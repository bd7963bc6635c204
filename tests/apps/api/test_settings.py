import pytest

from voxpop import SettingsError
from voxpop_apps.api.settings import ApiSettings


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_API_PORT", "8080")
    monkeypatch.setenv("VOXPOP_API_CORS_ORIGINS", "https://a.example, https://b.example")
    monkeypatch.setenv("VOXPOP_API_HOST", "")
    settings = ApiSettings()
    assert settings.port == 8080
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.host == "127.0.0.1"


def test_every_mistake_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_API_PROT", "1")
    monkeypatch.setenv("VOXPOP_API_PORT", "many")
    monkeypatch.setenv("VOXPOP_API_AUTH", "maybe")
    with pytest.raises(SettingsError) as refused:
        ApiSettings()
    for told in ("VOXPOP_API_PROT", "VOXPOP_API_PORT is 'many'", "Allowed: 'auto', 'on' or 'off'"):
        assert told in str(refused.value)
