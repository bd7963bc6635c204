"""The options of data sets of the Hugging Face Hub. No token is among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from voxpop import PartConfig

Name = Annotated[str, Field(min_length=1)]


class HuggingFaceConfig(PartConfig):
    """Options of the data source `huggingface`."""

    path: Name = Field(
        description="a data set of the Hub, such as stanfordnlp/imdb; or a folder of files, or "
        "what `save_to_disk` wrote"
    )
    subset: Name | None = Field(
        default=None, description="the data set's configuration, where it has several"
    )
    revision: Name | None = Field(
        default=None,
        description="a branch, tag or commit of the Hub; by default the newest state. With a whole "
        "commit hash, the reviews are always the same",
    )
    splits: Mapping[Literal["train", "validation", "test"], Name] | None = Field(
        default=None,
        description='the data set\'s names of the splits to use, such as { train = "unsplit" }; '
        "by default train, validation and test, as far as there are such",
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
            'holds to class names, such as { "0" = "negative", "1" = "positive" }. By default the '
            "names that the data set gives its classes, or else every different value"
        ),
    )
    limit: int | None = Field(
        default=None,
        ge=1,
        description="at most so many reviews of each split, a seeded sample; when streaming, out "
        "of what comes first",
    )
    seed: int = Field(default=42, ge=0, lt=2**32, description="of the sample that `limit` takes")
    streaming: bool = Field(
        default=False,
        description="read over the network as it goes, instead of fetching whole files first",
    )
    bad_rows: Literal["refuse", "skip"] = Field(
        default="refuse", description="skip leaves out rows that cannot be used and counts them"
    )
    keep_apart: bool = Field(
        default=False,
        description="also keep title and content as they are, as the extras `title` and `content`",
    )

    @field_validator("splits")
    @classmethod
    def _has_train(cls, splits: Mapping[str, str] | None) -> Mapping[str, str] | None:
        if splits is not None and "train" not in splits:
            raise ValueError("name the split to train on, as train = ...")
        if splits is not None and len(set(splits.values())) < len(splits):
            raise ValueError("a split is named twice: what is measured on must not be trained on")
        return splits

    @field_validator("labels")
    @classmethod
    def _two_classes(
        cls, labels: Mapping[str, str] | tuple[str, ...] | None
    ) -> Mapping[str, str] | tuple[str, ...] | None:
        names = list(labels.values() if isinstance(labels, Mapping) else labels or ())
        if labels is not None and len(set(names)) < 2:
            raise ValueError("name two different classes or more")
        if isinstance(labels, tuple) and len(set(names)) < len(names):
            raise ValueError("a class is named twice")
        return labels
