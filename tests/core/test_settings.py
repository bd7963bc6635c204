from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop import Settings, SettingsError, StoreAccessError, StoreError, StoreFullError
from voxpop import cache_directory as make_cache_directory

_AS_NOBODY = """
import os, sys
from voxpop import StoreAccessError, cache_directory
if os.geteuid() == 0:
    os.setuid(65534)
try:
    cache_directory("runs")
except StoreAccessError as error:
    print(error)
"""


def test_an_empty_environment_gives_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOXPOP_HOME")
    settings = Settings()
    assert settings.home == Path.home() / ".voxpop"
    assert settings.plugins is None
    assert settings.log_level == "WARNING"
    assert settings.registry == {"name": "local"}


def test_every_setting_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOXPOP_HOME", "here")
    monkeypatch.setenv("VOXPOP_PLUGINS", " keras, files ,")
    monkeypatch.setenv("VOXPOP_LOG_LEVEL", "debug")
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "s3")
    monkeypatch.setenv("VOXPOP_REGISTRY__BUCKET", "my-bucket")
    settings = Settings()
    assert settings.home == tmp_path / "here"
    assert settings.plugins == ("keras", "files")
    assert settings.log_level == "DEBUG"
    assert settings.registry == {"name": "s3", "bucket": "my-bucket"}


def test_a_program_may_give_settings_itself(tmp_path: Path) -> None:
    assert Settings(home=tmp_path, plugins=("keras",)).home == tmp_path


def test_no_plugins_and_all_plugins_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().plugins is None
    monkeypatch.setenv("VOXPOP_PLUGINS", "")
    assert Settings().plugins == ()


@pytest.mark.parametrize("variable", ["VOXPOP_HOME", "VOXPOP_LOG_LEVEL"])
def test_an_empty_variable_is_an_unset_one(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOXPOP_HOME")
    unset = Settings()
    monkeypatch.setenv(variable, "")
    assert Settings() == unset


@pytest.mark.parametrize("written", ["123", "true", "null", "[1, 2]", '{"a": 1}', ""])
def test_options_of_the_registry_stay_text(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_REGISTRY__BUCKET", written)
    assert Settings().registry == {"name": "local", "bucket": written}


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("VOXPOP_HOEM", "Did you mean 'VOXPOP_HOME'?"),
        ("VOXPOP_LOGLEVEL", "Did you mean 'VOXPOP_LOG_LEVEL'?"),
        ("voxpop_plugin", "Did you mean 'VOXPOP_PLUGINS'?"),
        ("VOXPOP_REGISTRY_BUCKET", "Did you mean 'VOXPOP_REGISTRY__BUCKET'?"),
        ("VOXPOP_REGISTRY", "Did you mean 'VOXPOP_REGISTRY__NAME'?"),
        ("VOXPOP_REGISTRY__", "VOXPOP_REGISTRY__NAME"),
        ("VOXPOP_APIKEY", "Allowed: VOXPOP_HOME, VOXPOP_PLUGINS, VOXPOP_LOG_LEVEL"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest(
    variable: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "x")
    with pytest.raises(SettingsError) as caught:
        Settings()
    assert f"The environment variable {variable} is not known" in str(caught.value)
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_variables_of_the_apps_are_theirs_to_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_API_KEY", "secret")
    monkeypatch.setenv("VOXPOP_UI_PORT", "7860")
    Settings()


def test_every_wrong_variable_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_HOM", "x")
    monkeypatch.setenv("VOXPOP_PLUGIN", "x")
    monkeypatch.setenv("VOXPOP_LOG_LEVEL", "loud")
    with pytest.raises(SettingsError) as caught:
        Settings()
    lines = str(caught.value).splitlines()
    assert [line.split(" is ")[0] for line in lines] == [
        "The environment variable VOXPOP_HOM",
        "The environment variable VOXPOP_PLUGIN",
        "The setting VOXPOP_LOG_LEVEL",
    ]
    assert "'LOUD'. Allowed: 'DEBUG', 'INFO', 'WARNING', 'ERROR' or 'CRITICAL'" in lines[2]


def test_a_home_that_cannot_be_resolved_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPOP_HOME", "~nobody-of-that-name/x")
    with pytest.raises(SettingsError, match=r"VOXPOP_HOME is '~nobody.*give an absolute path"):
        Settings()


@given(st.text(st.characters(codec="ascii", exclude_characters="\0="), min_size=1, max_size=12))
def test_no_name_of_ours_passes_unseen(suffix: str) -> None:
    variable = f"VOXPOP_{suffix}"
    known = suffix.upper() in ("HOME", "PLUGINS", "LOG_LEVEL")
    elsewhere = suffix.upper().startswith(("API_", "UI_", "REGISTRY__"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(variable, "")
        try:
            Settings()
            refused = False
        except SettingsError:
            refused = True
    assert refused != (known or elsewhere)


def test_a_cache_directory_is_made_below_home(voxpop_home: Path) -> None:
    directory = make_cache_directory("bundles")
    assert directory == voxpop_home / "cache" / "bundles"
    assert directory.is_dir()
    assert make_cache_directory("bundles") == directory


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc", ".hidden"])
def test_a_cache_directory_stays_below_home(name: str) -> None:
    with pytest.raises(ValueError, match="a cache's name"):
        make_cache_directory(name)


def test_a_file_in_the_way_is_told(voxpop_home: Path) -> None:
    voxpop_home.write_text("in the way")
    with pytest.raises(StoreAccessError, match=r"voxpop-home/cache/runs \(below VOXPOP_HOME\)"):
        make_cache_directory("runs")


@pytest.mark.parametrize(
    ("number", "error", "advice"),
    [
        (errno.ENOSPC, StoreFullError, "Make room"),
        (errno.EDQUOT, StoreFullError, "Make room"),
        (errno.EROFS, StoreAccessError, "that you may write to"),
        (errno.EIO, StoreError, "that you may write to"),
    ],
)
def test_faults_of_the_disk_are_told(
    number: int, error: type[StoreError], advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "mkdir", fail)
    with pytest.raises(error, match=advice) as caught:
        make_cache_directory("runs")
    assert type(caught.value) is error
    assert os.strerror(number) in str(caught.value)


@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_of_somebody_else_is_told(exists: bool, voxpop_home: Path) -> None:
    closed = voxpop_home / "cache" / "runs" if exists else voxpop_home
    closed.mkdir(parents=True)
    for folder in (*tmp_parents(voxpop_home), *closed.parents[: 2 * exists]):
        folder.chmod(0o755)
    closed.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY], capture_output=True, text=True, check=True
    )
    assert "Point VOXPOP_HOME at a folder that you may write to" in done.stdout


def tmp_parents(home: Path) -> list[Path]:
    """The folders of pytest around a home, which others may not enter by default."""
    return [folder for folder in home.parents if "pytest-of-" in str(folder)]
