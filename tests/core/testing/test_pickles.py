"""Pickles are found wherever they hide, and nothing else is taken for one."""

from __future__ import annotations

import gzip
import json
import pickle
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from voxpop.testing import find_pickles

THING = {"words": ["good", "bad"], "weights": [0.5, -0.5]}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_of_any_protocol_is_found(tmp_path: Path, protocol: int) -> None:
    (tmp_path / "model.bin").write_bytes(pickle.dumps(THING, protocol=protocol))
    assert find_pickles(tmp_path) == ["model.bin (a pickle by its bytes)"]


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_a_compressed_pickle_is_found(tmp_path: Path, compress: type) -> None:
    (tmp_path / "model.bin").write_bytes(compress(pickle.dumps(THING)))
    assert find_pickles(tmp_path) == ["model.bin (compressed, a pickle by its bytes)"]


def test_a_pickle_in_an_archive_in_a_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    with zipfile.ZipFile(tmp_path / "deep" / "model.pt", "w") as archive:
        archive.writestr("archive/data.pkl", b"anything")
        archive.writestr("archive/data/0", bytes(100))
    assert find_pickles(tmp_path) == [
        "deep/model.pt (its member archive/data.pkl is named like a pickle)"
    ]


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_an_array_of_objects_is_found(tmp_path: Path, version: tuple[int, int]) -> None:
    with (tmp_path / "words.npy").open("wb") as out:
        np.lib.format.write_array(out, np.array([None, "x"], dtype=object), version)
    assert find_pickles(tmp_path) == [
        "words.npy (an array of objects, which NumPy stores as a pickle)"
    ]


def test_what_is_no_pickle_is_let_be(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "stop.txt").write_text(".")
    (tmp_path / "words.json").write_text(json.dumps(THING))
    (tmp_path / "page.html.gz").write_bytes(gzip.compress(b"<p>text</p>"))
    (tmp_path / "half.gz").write_bytes(gzip.compress(b"<p>text</p>")[:-4])
    (tmp_path / "proto.bin").write_bytes(b"\x80\x04 and no opcode at all")
    np.save(tmp_path / "ids.npy", rng.integers(0, 9, 100))
    np.savez(tmp_path / "weights.npz", weights=rng.random((20, 3)), names=np.array(["a", "b"]))
    for number in range(50):
        (tmp_path / f"{number}.onnx").write_bytes(rng.bytes(2_000))
    assert find_pickles(tmp_path) == []
