import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bundles import FILES, forge, make_bundle
from voxpop.bundle import read_manifest, verify_bundle
from voxpop.bundle.files import MAX_BUNDLE_BYTES, MAX_FILES
from voxpop.bundle.manifest import FileRecord, Manifest, version_of
from voxpop.bundle.verification import MAX_MANIFEST_BYTES, parse_manifest
from voxpop.errors import BundleError

MODEL = "model/model.onnx"
RECORD = FileRecord(sha256="0" * 64, bytes=1)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    make_bundle(tmp_path / "bundle")
    return tmp_path / "bundle"


def refusal(bundle: Path, version: str | None) -> str:
    with pytest.raises(BundleError) as refused:
        verify_bundle(bundle, version)
    return str(refused.value)


def test_any_flipped_byte_of_any_file_is_refused_with_the_files_name(bundle: Path) -> None:
    version = verify_bundle(bundle)[1]
    for path in [*FILES, "manifest.json"]:
        file = bundle / path
        sound = file.read_bytes()
        for position in range(len(sound)):
            damaged = bytearray(sound)
            damaged[position] ^= 1 << (position % 8)
            file.write_bytes(damaged)
            assert repr(path) in refusal(bundle, version)
        file.write_bytes(sound)
    assert verify_bundle(bundle, version)[1] == version


def damage_truncate(bundle: Path) -> None:
    os.truncate(bundle / MODEL, 5)


def damage_empty(bundle: Path) -> None:
    os.truncate(bundle / MODEL, 0)


def damage_grow(bundle: Path) -> None:
    with (bundle / MODEL).open("ab") as out:
        out.write(b"x")


def damage_remove(bundle: Path) -> None:
    (bundle / MODEL).unlink()


def damage_swap(bundle: Path) -> None:
    shard = bundle / "model/parts/shard.bin"
    (bundle / MODEL).rename(bundle / "aside")
    shard.rename(bundle / MODEL)
    (bundle / "aside").rename(shard)


def damage_link_to_the_same_bytes(bundle: Path) -> None:
    (bundle / MODEL).rename(bundle.parent / "outside")
    (bundle / MODEL).symlink_to(bundle.parent / "outside")


def damage_directory_in_its_place(bundle: Path) -> None:
    (bundle / MODEL).unlink()
    (bundle / MODEL).mkdir()


def damage_pipe_in_its_place(bundle: Path) -> None:
    (bundle / MODEL).unlink()
    os.mkfifo(bundle / MODEL)


@pytest.mark.parametrize(
    "damage",
    [
        damage_truncate,
        damage_empty,
        damage_grow,
        damage_remove,
        damage_swap,
        damage_link_to_the_same_bytes,
        damage_directory_in_its_place,
        damage_pipe_in_its_place,
    ],
)
@pytest.mark.parametrize("with_version", [True, False])
def test_a_damaged_file_is_refused_with_its_name(
    bundle: Path, damage: Callable[[Path], None], with_version: bool
) -> None:
    version = verify_bundle(bundle)[1]
    damage(bundle)
    assert repr(MODEL) in refusal(bundle, version if with_version else None)


@pytest.mark.parametrize("path", ["extra.txt", "model/extra.bin", "deep/er/x", "model/.hidden"])
def test_an_added_file_is_refused_with_its_name(bundle: Path, path: str) -> None:
    (bundle / path).parent.mkdir(parents=True, exist_ok=True)
    (bundle / path).write_bytes(b"")
    assert repr(path) in refusal(bundle, None)


def test_a_linked_directory_is_refused_with_its_name(bundle: Path) -> None:
    (bundle / "model").rename(bundle.parent / "model")
    (bundle / "model").symlink_to(bundle.parent / "model")
    assert "'model' is a link" in refusal(bundle, None)


def test_a_linked_manifest_is_refused(bundle: Path) -> None:
    (bundle / "manifest.json").rename(bundle.parent / "manifest.json")
    (bundle / "manifest.json").symlink_to(bundle.parent / "manifest.json")
    assert "'manifest.json' is a link" in refusal(bundle, None)


def test_a_whole_bundle_that_is_another_version_is_refused(bundle: Path, tmp_path: Path) -> None:
    _, other = make_bundle(tmp_path / "other", "two")
    assert f"not of {other}" in refusal(bundle, other)
    with pytest.raises(BundleError, match=f"not of {other}"):
        read_manifest(bundle, other)


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/passwd", "model/../../x", "a\\..\\b", "C:/x", "", "model//x"]
)
def test_a_forged_path_is_refused_before_anything_is_touched(bundle: Path, path: str) -> None:
    version = forge(bundle, {path: RECORD})
    told = refusal(bundle, version)
    assert repr(path) in told
    assert "manifest.json" in told


def test_forged_sizes_and_counts_are_refused(bundle: Path) -> None:
    forge(bundle, {"model/huge": FileRecord(sha256="0" * 64, bytes=MAX_BUNDLE_BYTES + 1)})
    assert "too large: with 'model/huge'" in refusal(bundle, None)
    forge(bundle, {f"model/{index}": RECORD for index in range(MAX_FILES + 1)})
    assert "1,001 files" in refusal(bundle, None)


def test_forged_clashing_names_are_refused(bundle: Path) -> None:
    forge(bundle, {"model/A": RECORD, "model/a": RECORD})
    assert "clashes" in refusal(bundle, None)


def test_a_newer_schema_asks_for_an_upgrade(bundle: Path) -> None:
    content = json.loads((bundle / "manifest.json").read_bytes())
    content |= {"schema_version": 2, "something": "unknown here"}
    (bundle / "manifest.json").write_text(json.dumps(content))
    told = refusal(bundle, None)
    assert "schema_version 2" in told
    assert "pip install --upgrade voxpop" in told


def spaced(content: dict[str, object]) -> bytes:
    return json.dumps(content, sort_keys=True).encode()


def unsorted(content: dict[str, object]) -> bytes:
    reverse = dict(sorted(content.items(), reverse=True))
    return json.dumps(reverse, separators=(",", ":"), ensure_ascii=False).encode()


def escaped(content: dict[str, object]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def doubled(content: dict[str, object]) -> bytes:
    stored = Manifest.model_validate(content).to_bytes()
    return stored.replace(b'"git_commit":null', b'"git_commit":"x","git_commit":null')


def with_another_field(content: dict[str, object]) -> bytes:
    return json.dumps(content | {"surprise": 1}).encode()


def without_golden(content: dict[str, object]) -> bytes:
    return json.dumps({key: content[key] for key in content if key != "golden"}).encode()


def not_a_number(content: dict[str, object]) -> bytes:
    stored = Manifest.model_validate(content).to_bytes()
    return stored.replace(b'"seed":42', b'"seed":NaN')


def too_deep(content: dict[str, object]) -> bytes:
    return b"[" * 200_000


def not_utf8(content: dict[str, object]) -> bytes:
    return Manifest.model_validate(content).to_bytes().replace("é".encode(), b"\xff")


def a_list(content: dict[str, object]) -> bytes:
    return b"[]"


def nothing(content: dict[str, object]) -> bytes:
    return b""


@pytest.mark.parametrize(
    "rewrite",
    [
        spaced,
        unsorted,
        escaped,
        doubled,
        with_another_field,
        without_golden,
        not_a_number,
        too_deep,
        not_utf8,
        a_list,
        nothing,
    ],
)
def test_a_manifest_in_any_other_form_is_refused(
    bundle: Path, rewrite: Callable[[dict[str, object]], bytes]
) -> None:
    sound = (bundle / "manifest.json").read_bytes()
    stored = rewrite(json.loads(sound))
    assert stored != sound
    (bundle / "manifest.json").write_bytes(stored)
    assert "'manifest.json' is damaged or forged" in refusal(bundle, version_of(stored))


def test_an_oversized_manifest_is_refused_unread(bundle: Path) -> None:
    with (bundle / "manifest.json").open("ab") as sparse:
        sparse.truncate(2**40)
    assert "larger than" in refusal(bundle, None)
    with pytest.raises(BundleError, match="larger than"):
        parse_manifest(b" " * (MAX_MANIFEST_BYTES + 1), "here")


@pytest.mark.parametrize("place", ["missing", "empty", "file"])
def test_what_is_no_bundle_is_called_so(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    assert "is no bundle" in refusal(tmp_path / place, None)
