"""Damaged and foreign tokenizer files: refused by name, never a traceback of another kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from voxpop import BundleError
from voxpop_plugins.keras.tokenizer import fit, load
from voxpop_plugins.keras.tokenizer_config import KerasTokenizerConfig


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    directory = tmp_path / "tokenizer"
    directory.mkdir()
    fit(KerasTokenizerConfig(vocabulary_size=6), ["good bad", "a good week"]).save(directory)
    return directory


@pytest.mark.parametrize("name", ["tokenizer.json", "encoding.json"])
def test_a_missing_file_is_named(directory: Path, name: str) -> None:
    (directory / name).unlink()
    with pytest.raises(BundleError, match=f"{name} cannot be read: No such file"):
        load(directory)


@pytest.mark.parametrize("name", ["tokenizer.json", "encoding.json"])
def test_a_truncated_file_is_refused_by_name(directory: Path, name: str) -> None:
    whole = (directory / name).read_bytes()
    for length in range(len(whole)):
        (directory / name).write_bytes(whole[:length])
        with pytest.raises(BundleError, match=name):
            load(directory)


@pytest.mark.parametrize("name", ["tokenizer.json", "encoding.json"])
@pytest.mark.parametrize("bit", [0x01, 0x10, 0x80])
def test_a_flipped_bit_loads_or_is_refused_by_name(directory: Path, name: str, bit: int) -> None:
    whole = (directory / name).read_bytes()
    refused = 0
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= bit
        (directory / name).write_bytes(damaged)
        try:
            load(directory)
        except BundleError as error:
            assert name in str(error)  # noqa: PT017 - a flip inside a word is a legal file
            refused += 1
    assert refused > 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"char_level": True}, "only words are supported"),
        ({"char_level": None}, "only words are supported"),
        ({"split": ""}, "split must not be empty"),
        ({"split": 1}, "split must be a str, not int"),
        ({"filters": None}, "filters must be a str, not NoneType"),
        ({"lower": "yes"}, "lower must be a bool"),
        ({"num_words": -1}, "num_words must be a whole number from 0"),
        ({"num_words": True}, "num_words must be a whole number from 0"),
        ({"oov_token": "unk"}, "word_index must hold the oov_token 'unk'"),
        ({"oov_token": 1}, "oov_token must be a str"),
        ({"document_count": 2.5}, "document_count must be a whole number from 0"),
        ({"word_index": {"good": 1}}, "word_index must be a str, not dict"),
        ({"word_index": "{"}, "word_index must be JSON in a string"),
        ({"word_index": "[]"}, "word_index must be a JSON object"),
        ({"word_index": '{"<OOV>": 0}'}, "ids from 1 to"),
        ({"word_index": '{"<OOV>": 1, "good": 2147483648}'}, "ids from 1 to"),
        ({"word_counts": '{"good": "2"}'}, "word_counts must hold whole numbers"),
        ({"word_docs": '{"good": -2}'}, "word_docs must hold whole numbers"),
        ({"word_docs": "[" * 100_000}, "nested too deeply"),
    ],
)
def test_a_wrong_field_is_named(directory: Path, changes: dict[str, Any], message: str) -> None:
    file = directory / "tokenizer.json"
    content = json.loads(file.read_text())
    content["config"].update(changes)
    file.write_text(json.dumps(content))
    with pytest.raises(BundleError, match=message) as caught:
        load(directory)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"config": []}', "[" * 100_000, "\udc00", '{"config": NaN}']
)
def test_another_json_file_is_refused(directory: Path, content: str) -> None:
    data = content.encode("utf-8", "surrogatepass")
    (directory / "tokenizer.json").write_bytes(data)
    with pytest.raises(BundleError, match=r"tokenizer\.json is not what the Keras Tokenizer"):
        load(directory)


@pytest.mark.parametrize(
    "content", ["128", "{}", '{"max_length": 0}', '{"max_length": true}', '{"max_length": "9"}']
)
def test_a_wrong_max_length_is_refused(directory: Path, content: str) -> None:
    (directory / "encoding.json").write_text(content)
    with pytest.raises(BundleError, match=r"encoding\.json must hold .*max_length"):
        load(directory)


def test_keras_own_file_needs_only_max_length_beside_it(directory: Path) -> None:
    (directory / "encoding.json").unlink()
    with pytest.raises(BundleError, match=r"encoding\.json cannot be read"):
        load(directory)
    (directory / "encoding.json").write_text('{"max_length": 2}')
    assert load(directory).encode(["good bad good"]).ids.tolist() == [[2, 3]]
