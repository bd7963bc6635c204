from pathlib import Path

import pytest

from voxpop import DataError
from voxpop_plugins.files.config import FilesConfig
from voxpop_plugins.files.roles import Roles, choose_roles


def choose(columns: str, **options: str) -> Roles:
    config = FilesConfig.model_validate({"train": "x", **options})
    return choose_roles(Path("r.csv"), tuple(columns.split(",")), config)


@pytest.mark.parametrize(
    ("columns", "options", "roles"),
    [
        ("label,title,content", {}, Roles(1, 2, 0, {})),
        ("text,label", {}, Roles(None, 0, 1, {})),
        ("label,review,stars,shop", {}, Roles(None, 1, 0, {"stars": 2, "shop": 3})),
        ("text,content,label", {}, Roles(None, 1, 2, {"text_column": 0})),
        (
            "stars,head,body,label",
            {"label_column": "stars", "title_column": "head", "content_column": "body"},
            Roles(1, 2, 0, {"label_column": 3}),
        ),
        ("label,text,,sku,sku", {}, Roles(None, 1, 0, {"sku": 3})),
    ],
)
def test_columns_get_their_roles(columns: str, options: dict[str, str], roles: Roles) -> None:
    assert choose(columns, **options) == roles


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        (
            "label,body",
            {},
            r"none of the columns 'content', 'text', 'review'.*There are: 'label', ",
        ),
        ("lable,text", {}, r"no column 'label' \(`label_column` .*Did you mean 'lable'\?"),
        ("label,text", {"content_column": "body"}, r"no column 'body' \(`content_column`"),
        ("label,text", {"title_column": "headline"}, r"no column 'headline' \(`title_column`"),
        ("label,text,text", {}, r"several columns 'text' \(`content_column`"),
        ("label,text", {"title_column": "text"}, "name the same column: 'text', 'label', 'text'"),
        ("label;text", {}, r"Is ';' the delimiter\? Then set `delimiter` in \[data\]"),
        ("label\ttext", {}, r"Is '\\t' the delimiter\?"),
    ],
)
def test_what_is_missing_or_double_is_told(
    columns: str, options: dict[str, str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        choose(columns, **options)
