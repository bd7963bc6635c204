from typing import Any

import pytest
from pydantic import ValidationError

from voxpop_plugins.files.config import FilesConfig


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"train": ""}, "give at least one path, and no empty one"),
        ({"train": []}, "give at least one path, and no empty one"),
        ({"train": ["a.csv", ""]}, "give at least one path, and no empty one"),
        ({"test": ""}, "give at least one path, and no empty one"),
        ({"format": "xlsx"}, "'auto', 'csv', 'tsv', 'jsonl', 'parquet' or 'fasttext'"),
        ({"labels": {"0": "one"}}, "name two different classes or more"),
        ({"labels": {"0": "one", "1": "one"}}, "name two different classes or more"),
        ({"labels": ["one"]}, "name two different classes or more"),
        ({"labels": ["one", "two", "one"]}, "a class is named twice"),
        ({"columns": ["text"]}, "name two columns or more, each once"),
        ({"columns": ["text", "label", "text"]}, "name two columns or more, each once"),
        ({"delimiter": ""}, "a delimiter is one character"),
        ({"delimiter": "::"}, "a delimiter is one character"),
        ({"delimiter": '"'}, "a delimiter is one character"),
        ({"delimiter": "\n"}, "a delimiter is one character"),
        ({"encoding": "klingon"}, "not an encoding that Python knows; common ones are utf-8"),
        ({"encoding": "rot13"}, "not an encoding that Python knows"),
        ({"encoding": "base64"}, "not an encoding that Python knows"),
        ({"bad_rows": "ignore"}, "'refuse' or 'skip'"),
        ({"lables": ["a", "b"]}, "Extra inputs are not permitted"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FilesConfig.model_validate({"train": "reviews.csv", **options})


def test_encodings_have_one_spelling() -> None:
    names = ["UTF8", "utf-8", "U8", "utf_8"]
    assert {FilesConfig(train="r.csv", encoding=name).encoding for name in names} == {"utf-8"}


def test_options_survive_json() -> None:
    config = FilesConfig(train=("a.csv", "b.csv"), labels={"1": "good", "0": "bad"}, test="c.csv")
    assert FilesConfig.model_validate_json(config.model_dump_json()) == config
