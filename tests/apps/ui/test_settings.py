"""What the page is told by its environment."""

from __future__ import annotations

import pytest

from voxpop import SettingsError
from voxpop_apps.ui.settings import UiSettings


def test_every_fault_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_UI_API_ULR", "http://127.0.0.1:1")
    monkeypatch.setenv("VOXPOP_UI_PORT", "many")
    with pytest.raises(SettingsError) as caught:
        UiSettings()
    assert "VOXPOP_UI_API_ULR is no setting" in str(caught.value)
    assert "VOXPOP_UI_PORT" in str(caught.value)


def test_a_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_UI_API_KEY", "secret-key")
    assert "secret-key" not in repr(UiSettings())
