import time
from pathlib import Path

import pytest

from voxpop import SettingsError
from voxpop_apps.web.keys import KeyRing, new_key, read_keys


def test_a_key_is_known_by_its_digest_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    key, line = new_key("shop")
    other, second = new_key("app")
    file.write_text(f"# who may call\n{line}  # since May\n\n{second}\n")
    ring = KeyRing(file)
    assert ring.owner(key.encode()) == "shop"
    assert ring.owner(other.encode()) == "app"
    assert ring.owner(b"vp_wrong") is None
    assert key not in file.read_text()


def test_keys_are_rotated_without_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    old, line = new_key("shop")
    file.write_text(line)
    ring = KeyRing(file)
    new, line = new_key("shop-2")
    file.write_text(line)
    end = time.monotonic() + 30
    while ring.owner(new.encode()) != "shop-2":
        assert time.monotonic() < end
        time.sleep(0.02)
    assert ring.owner(old.encode()) is None
    file.write_text("nonsense")
    time.sleep(1.1)  # what was read is looked at again after a second
    assert ring.owner(new.encode()) == "shop-2"  # a torn file locks nobody out


@pytest.mark.parametrize("line", ["shop", "shop abc", "sh/op " + "0" * 64, "a b " + "0" * 64])
def test_a_line_that_is_no_key_is_refused(line: str, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"\n{line}\n")
    with pytest.raises(SettingsError, match="line 2: not a key"):
        read_keys(tmp_path / "keys")


def test_a_missing_file_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="voxpop api-key new"):
        KeyRing(tmp_path / "keys")


@pytest.mark.parametrize("text", ["", "\n", "# who may call\n"])
def test_a_file_without_a_key_is_no_start(text: str, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(SettingsError, match="has no key"):
        KeyRing(tmp_path / "keys")


def test_a_file_that_is_emptied_while_it_is_rewritten_locks_nobody_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "keys"
    (key, line), (other, second) = new_key("shop"), new_key("app")
    file.write_text(line)
    ring = KeyRing(file)
    file.write_text("")
    end = time.monotonic() + 30
    while "The API keys of before stay in use" not in caplog.text:
        assert ring.owner(key.encode()) == "shop"
        assert time.monotonic() < end
        time.sleep(0.02)
    file.write_text(second)
    while ring.owner(other.encode()) != "app":
        assert time.monotonic() < end
        time.sleep(0.02)
    assert ring.owner(key.encode()) is None
