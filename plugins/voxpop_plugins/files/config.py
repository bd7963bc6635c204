"""The options of reviews in files."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from voxpop import PartConfig

Format = Literal["csv", "tsv", "jsonl", "parquet", "fasttext"]
Paths = Annotated[
    str | tuple[str, ...], Field(description="a path or pattern such as data/*.csv.gz, or several")
]
Name = Annotated[str, Field(min_length=1)]


class FilesConfig(PartConfig):
    """Options of the data source `files`. Paths are relative to the current directory."""

    train: Paths
    validation: Paths | None = Field(
        default=None, description="as `train`, to stop training on; cut from `train` when not set"
    )
    test: Paths | None = Field(
        default=None, description="as `train`, to measure on; cut from `train` when not set"
    )
    format: Literal["auto", Format] = Field(
        default="auto", description="auto goes by the file's name, such as .csv or .jsonl.gz"
    )
    title_column: Name | None = Field(
        default=None, description="put before the content; the column 'title' when there is one"
    )
    content_column: Name | None = Field(
        default=None, description="the first of 'content', 'text', 'review' that there is"
    )
    label_column: Name = Field(default="label", description="holds the labels")
    labels: Mapping[str, Name] | tuple[Name, ...] | None = Field(
        default=None,
        description=(
            "the class names in order, when the label column holds them; or a table from what it "
            'holds to class names, such as { "0" = "negative", "1" = "positive" }: classes then '
            "stand in the order of what it holds, numbers by size. Without it, every different "
            "value is a class"
        ),
    )
    columns: tuple[Name, ...] | None = Field(
        default=None, description="names the columns of CSV and TSV files that have no header line"
    )
    delimiter: str | None = Field(
        default=None, description="between fields; a comma in CSV files, a tab in TSV files"
    )
    quotes: bool = Field(
        default=True,
        description='false takes " in CSV and TSV files for an ordinary character',
    )
    encoding: str = Field(default="utf-8", description="of text files, as Python names it")
    title_separator: str | None = Field(
        default=None,
        min_length=1,
        description='what ends the title in fastText files, such as ": "; what follows the first '
        "one is the content",
    )
    keep_apart: bool = Field(
        default=False,
        description="also keep title and content as they are, as the extras `title` and `content`",
    )
    bad_rows: Literal["refuse", "skip"] = Field(
        default="refuse", description="skip leaves out rows that cannot be used and counts them"
    )

    @field_validator("train", "validation", "test")
    @classmethod
    def _names_files(cls, paths: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        if paths is not None and not (paths and all(paths)):
            raise ValueError("give at least one path, and no empty one")
        return paths

    @field_validator("labels")
    @classmethod
    def _two_classes(
        cls, labels: Mapping[str, str] | tuple[str, ...] | None
    ) -> Mapping[str, str] | tuple[str, ...] | None:
        if labels is None:
            return labels
        names = list(labels.values() if isinstance(labels, Mapping) else labels)
        if len(set(names)) < 2:
            raise ValueError("name two different classes or more")
        if not isinstance(labels, Mapping) and len(set(names)) < len(names):
            raise ValueError("a class is named twice")
        return labels

    @field_validator("columns")
    @classmethod
    def _different(cls, columns: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if columns is not None and len(set(columns)) < max(2, len(columns)):
            raise ValueError("name two columns or more, each once")
        return columns

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, delimiter: str | None) -> str | None:
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
            raise ValueError("a delimiter is one character, no quote and no line break")
        return delimiter

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            "".encode(encoding)  # refuses the codecs that are no text encodings, such as rot13
            return codecs.lookup(encoding).name
        except LookupError as error:
            raise ValueError(
                "not an encoding that Python knows; common ones are utf-8, utf-16, cp1252, latin-1"
            ) from error
