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


def test_a_queue_without_room_for_what_is_allowed_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VOXPOP_API_QUEUE_REVIEWS", "999")
    with pytest.raises(SettingsError) as refused:
        ApiSettings()
    for told in ("QUEUE_REVIEWS is 999", "at least 1,000", "VOXPOP_API_MAX_BATCH_REVIEWS"):
        assert told in str(refused.value)
    monkeypatch.setenv("VOXPOP_API_MAX_BATCH_REVIEWS", "8")
    assert ApiSettings().queue_reviews == 999
    monkeypatch.setenv("VOXPOP_API_QUEUE_REVIEWS", "16")  # no explanation would ever have room
    with pytest.raises(SettingsError, match="at least 32 are needed"):
        ApiSettings()


def test_every_mistake_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_API_PROT", "1")
    monkeypatch.setenv("VOXPOP_API_PORT", "many")
    monkeypatch.setenv("VOXPOP_API_AUTH", "maybe")
    with pytest.raises(SettingsError) as refused:
        ApiSettings()
    for told in ("VOXPOP_API_PROT", "VOXPOP_API_PORT is 'many'", "Allowed: 'auto', 'on' or 'off'"):
        assert told in str(refused.value)
