import os
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.bundles import FILES, write_files
from voxpop.bundle.files import (
    MAX_BUNDLE_BYTES,
    MAX_FILES,
    MAX_PATH_LENGTH,
    check_files,
    check_path,
    list_files,
    record_file,
)
from voxpop.errors import BundleError

ILLEGAL = [
    "",
    ".",
    "..",
    "../up",
    "model/../../up",
    "model/./x",
    "model//x",
    "/etc/passwd",
    "model/",
    "C:/x",
    "C:x",
    "model\\x",
    "..\\x",
    "model/x\0",
    "model/x\n",
    "model/x y",
    "model/.hidden",
    "model/x.",
    "-rf",
    "modèle/x",
    "model/\udc80",
    "x" * (MAX_PATH_LENGTH + 1),
]


@pytest.mark.parametrize("path", ILLEGAL)
def test_illegal_paths_are_refused_by_name(path: str) -> None:
    with pytest.raises(BundleError) as refusal:
        check_path(path)
    assert repr(path) in str(refusal.value)
    str(refusal.value).encode()  # can be printed, whatever the name holds


@given(st.text("aZ9_.+-/\\: \0é~*", max_size=12))
@example("model/model.onnx")
@example("variables.data-00000-of-00001")
def test_a_legal_path_stays_inside_and_is_the_same_everywhere(path: str) -> None:
    try:
        check_path(path)
    except BundleError:
        return
    for flavour in (PurePosixPath(path), PureWindowsPath(path)):
        assert not flavour.is_absolute()
        assert not flavour.drive
        assert ".." not in flavour.parts
        assert flavour.as_posix() == path


@pytest.mark.parametrize(
    ("paths", "named"),
    [
        (["model/A", "model/a"], "model/a"),
        (["Model/x", "model/y"], "model"),
        (["model", "model/x"], "model"),
        (["a/B/x", "a/b"], "a/b"),
        (["manifest.json"], "manifest.json"),
        (["Manifest.JSON"], "Manifest.JSON"),
        (["manifest.json/x"], "manifest.json"),
    ],
)
def test_names_that_clash_are_refused(paths: list[str], named: str) -> None:
    with pytest.raises(BundleError, match="clashes") as refusal:
        check_files(dict.fromkeys(paths, 1))
    assert repr(named) in str(refusal.value)


def test_too_many_files_are_refused() -> None:
    check_files({f"model/{index}": 0 for index in range(MAX_FILES)})
    with pytest.raises(BundleError, match="1,001 files; at most 1,000"):
        check_files({f"model/{index}": 0 for index in range(MAX_FILES + 1)})


def test_too_many_bytes_are_refused() -> None:
    check_files({"a": MAX_BUNDLE_BYTES - 1, "b": 1})
    with pytest.raises(BundleError, match="too large: with 'b'"):
        check_files({"a": MAX_BUNDLE_BYTES, "b": 1})


def test_files_are_listed_with_their_sizes_and_without_the_manifest(tmp_path: Path) -> None:
    write_files(tmp_path, {**FILES, "manifest.json": b"{}"})
    assert list_files(tmp_path) == {path: len(content) for path, content in FILES.items()}


def test_a_crowded_directory_is_given_up_early(tmp_path: Path) -> None:
    for index in range(2 * MAX_FILES + 1):
        (tmp_path / f"f{index}").touch()
    with pytest.raises(BundleError, match=r"more than 2,000 files"):
        list_files(tmp_path)


def test_a_name_that_is_no_text_is_refused_and_can_be_printed(tmp_path: Path) -> None:
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff", os.O_CREAT | os.O_WRONLY))
    with pytest.raises(BundleError) as refusal:
        list_files(tmp_path)
    str(refusal.value).encode()


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BundleError, match="'pipe'"):
        list_files(tmp_path)
    with pytest.raises(BundleError, match="'pipe'"):
        record_file(tmp_path, "pipe")


@pytest.mark.parametrize("target", ["model/model.onnx", "model", "nowhere"])
def test_links_are_refused(tmp_path: Path, target: str) -> None:
    write_files(tmp_path)
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(BundleError, match="'link' is a link"):
        list_files(tmp_path)
    with pytest.raises(BundleError, match="'link' is a link"):
        record_file(tmp_path, "link")


def test_a_file_is_recorded_with_size_and_digest(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    record = record_file(tmp_path, "x")
    assert record.bytes == 3
    assert record.sha256.startswith("ba7816bf8f01cfea")
