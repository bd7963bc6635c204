"""Every variable VOXPOP_... that is spoken of is one that a process of ours takes.

Each refuses unknown names under its prefix, so one that only a script reads would stop them all.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from voxpop import Settings, SettingsError
from voxpop_apps.api.settings import ApiSettings
from voxpop_apps.ui.settings import UiSettings

CHECKOUT = Path(__file__).parents[2]
PLACES = (
    ".ci/run",
    ".github/**/*.y*ml",
    "Dockerfile.*",
    "Makefile",
    "README.md",
    "compose.yaml",
    "docs/**/*.md",
    "docs/**/*.py",
    "scripts/*",
    "terraform/**/*.tf",
    "terraform/**/*.hcl",
)
PREFIXES = {  # names of this kind are spoken of as a whole: `VOXPOP_API_*`
    "VOXPOP_",
    "VOXPOP_API_",
    "VOXPOP_API_FEEDBACK__",
    "VOXPOP_REGISTRY__",
    "VOXPOP_UI_",
}


def spoken_of() -> dict[str, str]:
    """Give each name, with a file that has it."""
    found = {}
    for place in PLACES:
        files = [file for file in CHECKOUT.glob(place) if file.is_file()]
        assert files, place
        for file in files:
            if ".terraform" in file.parts:
                continue
            for name in re.findall(r"\bVOXPOP_[A-Z0-9_]*", file.read_text(encoding="utf-8")):
                found[name] = file.relative_to(CHECKOUT).as_posix()
    return found


def is_known(name: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    settings: type[Settings] | type[ApiSettings] | type[UiSettings] = Settings
    if name.startswith("VOXPOP_API_"):
        settings = ApiSettings
    elif name.startswith("VOXPOP_UI_"):
        settings = UiSettings
    with monkeypatch.context() as patch:
        patch.setenv(name, "")
        try:
            settings()
        except SettingsError as error:  # what an empty value means is another question
            return f"{name} is not known" not in str(error) and "no setting" not in str(error)
    return True


def test_every_variable_that_is_spoken_of_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    names = spoken_of()
    assert len(names) > 40
    unknown = {
        name: file
        for name, file in names.items()
        if name not in PREFIXES and not is_known(name, monkeypatch)
    }
    assert not unknown


@pytest.mark.parametrize("name", ["VOXPOP_SMOKE_KEY", "VOXPOP_API_PROT", "VOXPOP_UI_PROT"])
def test_a_variable_that_nobody_takes_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_known(name, monkeypatch)
