"""Reads data sets of the Hub or a folder, converted once and then mapped into memory."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from voxpop import (
    DataError,
    Listener,
    Notice,
    Progress,
    Split,
    Splits,
    SplitWriter,
    cache_directory,
    cached_split,
    review_text,
)
from voxpop_plugins.huggingface.columns import choose_columns
from voxpop_plugins.huggingface.config import HuggingFaceConfig
from voxpop_plugins.huggingface.identity import State, find_state
from voxpop_plugins.huggingface.labels import BadRowError, Labels, natural_order
from voxpop_plugins.huggingface.opening import faults_told, open_splits

_CONVERSION = 1  # raise it when the same data set comes out differently
_CHUNK = 1_000
_SHUFFLED = 10_000  # rows that a stream is shuffled among


def load_data_set(config: HuggingFaceConfig, listen: Listener) -> Splits:
    """Give the splits of a data set.

    Raises:
        DataError: there is no such data set, subset, split or column, or a row cannot be used.
        StoreUnavailableError: the Hub does not answer.
        StoreAccessError: the data set is gated.
        StoreFullError: no room is left for the converted reviews.
    """
    state = find_state(config, listen)
    names = _choose_splits(config, state)
    reader = _Reader(config, state, listen)
    train, notes = reader.read("train", names["train"], None)
    values: list[str] = notes["values"]
    classes: list[str] = notes["classes"]
    if notes["found"]:
        classes = sorted(values, key=natural_order)
        if classes != values:
            train = train.map_labels([classes.index(value) for value in values])
    known = classes if notes["found"] else None
    held_out = {
        role: reader.read(role, name, known)[0] for role, name in names.items() if role != "train"
    }
    return Splits(train=train, labels=tuple(classes), **held_out)


class _Reader:
    """Reads the splits of one state of a data set; opens it only when something is to be read."""

    def __init__(self, config: HuggingFaceConfig, state: State, listen: Listener) -> None:
        self._config = config
        self._state = state
        self._listen = listen
        self._opened: Mapping[str, Any] | None = state.opened

    def read(
        self, role: str, name: str, known: list[str] | None
    ) -> tuple[Split, Mapping[str, Any]]:
        """Give a split and the notes of its conversion, from the cache when it is there."""

        def write(writer: SplitWriter) -> Mapping[str, Any]:
            if self._opened is None:
                revision = self._state.revision
                self._opened = open_splits(self._config, revision, self._listen)
            return self._convert(self._opened[name], role, name, known, writer)

        key = _cache_key(self._config, self._state, name, known)
        split, notes = cached_split(cache_directory("huggingface"), key, write)
        if notes["skipped"]:
            kinds = ", ".join(f"{count} {kind}" for kind, count in notes["skipped"].items())
            message = f"Rows of the split {name!r} were left out ({kinds})"
            self._listen(Notice(message=message))
        if not len(split):
            raise DataError(
                f"The split {name!r} of {self._config.path!r} has no row that can be used"
            )
        return split, notes

    def _convert(
        self, dataset: Any, role: str, name: str, known: list[str] | None, writer: SplitWriter
    ) -> Mapping[str, Any]:
        config = self._config
        skipped: Counter[str] = Counter()
        with faults_told(config):
            features = dataset.features
            if features is None:  # a stream of files that tell no types
                dataset = dataset._resolve_features()
                features = dataset.features
            columns = choose_columns(config, features)
            total = dataset.info.splits[name].num_examples if dataset.info.splits else None
            rows, total = _sampled(dataset, config, total)
            labels = Labels(config.labels or known, columns.classes)
            place = 0
            for table in rows.select_columns(columns.names).with_format("arrow").iter(_CHUNK):
                chunk = {column: table.column(column).to_pylist() for column in columns.names}
                titles = chunk[columns.title] if columns.title else [None] * table.num_rows
                texts, positions = [], []
                extras: dict[str, list[str | None]] = (
                    {"title": [], "content": []} if config.keep_apart else {}
                )
                for title, content, value in zip(
                    titles, chunk[columns.content], chunk[columns.label], strict=True
                ):
                    place += 1
                    try:
                        if title is None and content is None:
                            raise BadRowError("without a text", "its text is missing")
                        position = labels.position(value)
                    except BadRowError as fault:
                        self._refuse(name, place, str(fault))
                        skipped[fault.kind] += 1
                        continue
                    positions.append(position)
                    texts.append(review_text(title, content))
                    if config.keep_apart:
                        extras["title"].append(title)
                        extras["content"].append(content)
                writer.write(texts, positions, extras)
                self._listen(Progress(stage=f"reading the {role} split", done=place, total=total))
        return {
            "found": labels.is_found,
            "values": list(labels.positions),
            "classes": list(labels.classes),
            "skipped": dict(sorted(skipped.items())),
        }

    def _refuse(self, name: str, place: int, reason: str) -> None:
        if self._config.bad_rows == "refuse":
            raise DataError(
                f"Row {place} of the split {name!r} of {self._config.path!r}: {reason}. Set "
                '`bad_rows = "skip"` in [data] to leave such rows out and have them counted'
            )


def _sampled(dataset: Any, config: HuggingFaceConfig, total: int | None) -> tuple[Any, int | None]:
    """Give the rows to read, and how many they are, if that is known."""
    if hasattr(dataset, "__len__"):
        total = len(dataset)
        if config.limit is None or total <= config.limit:
            return dataset, total
        chosen = np.random.default_rng(config.seed).choice(total, config.limit, replace=False)
        return dataset.select(np.sort(chosen)), config.limit
    if config.limit is None:
        return dataset, total
    shuffled = dataset.shuffle(seed=config.seed, buffer_size=_SHUFFLED)
    return shuffled.take(config.limit), config.limit if total is None else min(total, config.limit)


def _choose_splits(config: HuggingFaceConfig, state: State) -> Mapping[str, str]:
    there = ", ".join(map(repr, state.splits)) or "none"
    if config.splits is None:
        names: dict[str, str] = {
            name: name for name in ("train", "validation", "test") if name in state.splits
        }
        if "train" not in names:
            raise DataError(
                f"The data set {config.path!r} has no split 'train'. Set `splits` in [data], as "
                f'splits = {{ train = "..." }}. Its splits: {there}'
            )
        return names
    for role, name in config.splits.items():
        if name not in state.splits:
            raise DataError(
                f"The data set {config.path!r} has no split {name!r} (`splits.{role}` in [data]). "
                f"Its splits: {there}"
            )
    return dict(config.splits.items())


def _cache_key(config: HuggingFaceConfig, state: State, name: str, known: list[str] | None) -> str:
    """Name all that the converted reviews depend on."""
    options = config.model_dump(mode="json", exclude={"path", "revision", "splits"})
    if config.limit is None:
        del options["seed"], options["streaming"]  # the rows are the same
    about = [_CONVERSION, state.identity, name, known, options]
    if state.revision is not None:
        about.append(config.path)
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]
