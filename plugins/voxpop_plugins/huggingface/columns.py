"""Which columns of a data set are title, content and label, and what these may hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from voxpop import DataError
from voxpop_plugins.huggingface.config import HuggingFaceConfig

_CONTENT = ("content", "text", "review")


@dataclass(frozen=True)
class Columns:
    """Names of columns; `classes` are the data set's names of numbered classes, if it has them."""

    title: str | None
    content: str
    label: str
    classes: tuple[str, ...] | None

    @property
    def names(self) -> list[str]:
        """All of them."""
        return [name for name in (self.title, self.content, self.label) if name is not None]


def choose_columns(config: HuggingFaceConfig, features: Any) -> Columns:
    """Find the columns that the config names, or the usual ones.

    Args:
        config: the options.
        features: the `datasets.Features` of the data set.

    Raises:
        DataError: a column is missing, named twice, or of a type that cannot be used.
    """
    import datasets

    there = list(features)
    content = config.content_column or next((n for n in _CONTENT if n in there), None)
    if content is None:
        raise DataError(
            f"The data set {config.path!r} has none of the columns "
            f"{', '.join(map(repr, _CONTENT))}. Set `content_column` in [data] to the one that "
            f"holds the reviews. {_there_are(there)}"
        )
    title = config.title_column or ("title" if "title" in there else None)
    title = None if title == content and config.title_column is None else title
    chosen = {"content_column": content, "label_column": config.label_column}
    if title is not None:
        chosen["title_column"] = title
    for option, name in chosen.items():
        _require(config, there, option, name)
    if len(set(chosen.values())) < len(chosen):
        raise DataError(
            "`content_column`, `label_column` and `title_column` in [data] name the same column: "
            f"{', '.join(map(repr, chosen.values()))}. {_there_are(there)}"
        )
    for option in ("content_column", "title_column"):
        if option in chosen and getattr(features[chosen[option]], "dtype", None) not in (
            "string",
            "large_string",
            "null",
        ):
            raise DataError(
                f"The column {chosen[option]!r} of {config.path!r} (`{option}` in [data]) holds "
                f"{_type(features[chosen[option]])}; reviews are texts. {_there_are(there)}"
            )
    label = features[config.label_column]
    is_class = isinstance(label, datasets.ClassLabel)
    if not is_class and not _is_single(label):
        raise DataError(
            f"The column {config.label_column!r} of {config.path!r} (`label_column` in [data]) "
            f"holds {_type(label)}; a label is one number, text or truth value. {_there_are(there)}"
        )
    return Columns(title, content, config.label_column, tuple(label.names) if is_class else None)


def _require(config: HuggingFaceConfig, there: Sequence[str], option: str, name: str) -> None:
    import difflib

    if name in there:
        return
    near = difflib.get_close_matches(name, there, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise DataError(
        f"The data set {config.path!r} has no column {name!r} (`{option}` in [data]). {hint}"
        f"{_there_are(there)}"
    )


def _is_single(feature: Any) -> bool:
    kind = str(getattr(feature, "dtype", ""))
    return kind in ("string", "large_string", "bool") or kind.startswith(("int", "uint", "float"))


def _type(feature: Any) -> str:
    return " ".join(str(feature).split())[:80]


def _there_are(columns: Sequence[str]) -> str:
    return f"There are: {', '.join(repr(name[:60]) for name in columns)}"
