"""Reads the reviews of each split from its files, converted once and then mapped into memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from voxpop import (
    DataError,
    Listener,
    Notice,
    Split,
    Splits,
    SplitWriter,
    cache_directory,
    cached_split,
)
from voxpop_plugins.files.bad_rows import describe_skipped
from voxpop_plugins.files.config import FilesConfig
from voxpop_plugins.files.conversion import convert_files
from voxpop_plugins.files.input_file import InputFile
from voxpop_plugins.files.labels import FoundLabels, KnownLabels, natural_order
from voxpop_plugins.files.paths import find_files

_CONVERSION = 1  # raise it when the same files come out differently


def load_files(config: FilesConfig, listen: Listener) -> Splits:
    """Give the splits, each with the rows of its files in order.

    Raises:
        DataError: a file, or a row that is not to be skipped, cannot be used; the message names
            file and line.
        StoreFullError: no room is left for the converted reviews.
    """
    files = {
        name: [InputFile.of(path, config) for path in find_files(patterns, name)]
        for name, patterns in (
            ("train", config.train),
            ("validation", config.validation),
            ("test", config.test),
        )
        if patterns is not None
    }
    _refuse_shared(files)
    if config.labels is None:
        train, classes = _load_found(files["train"], config, listen)
        known = KnownLabels(classes)
    else:
        known = KnownLabels(config.labels)
        train = _load_known("train", files["train"], config, known, listen)
    held_out = {
        name: _load_known(name, those, config, known, listen)
        for name, those in files.items()
        if name != "train"
    }
    return Splits(train=train, labels=known.classes, **held_out)


def _load_found(
    files: Sequence[InputFile], config: FilesConfig, listen: Listener
) -> tuple[Split, list[str]]:
    """Give the train split and the classes that its label column holds, sorted."""
    found = FoundLabels()
    split, notes = _load("train", files, config, None, found, listen)
    values: list[str] = notes["values"]
    classes = sorted(values, key=natural_order)
    if classes != values:
        split = split.map_labels([classes.index(value) for value in values])
    return split, classes


def _load_known(
    name: str,
    files: Sequence[InputFile],
    config: FilesConfig,
    known: KnownLabels,
    listen: Listener,
) -> Split:
    split, _ = _load(name, files, config, known.positions, known, listen)
    return split


def _load(
    name: str,
    files: Sequence[InputFile],
    config: FilesConfig,
    positions: Mapping[str, int] | None,
    labels: FoundLabels | KnownLabels,
    listen: Listener,
) -> tuple[Split, Mapping[str, Any]]:
    """Give a split and the notes of its conversion, from the cache when it is there."""
    stage = f"reading the {name} files"

    def write(writer: SplitWriter) -> Mapping[str, Any]:
        notes = convert_files(files, config, labels, writer, listen, stage)
        if states != [file.state() for file in files]:
            raise DataError(f"The {name} files changed while they were read; start again")
        found = list(labels.values) if isinstance(labels, FoundLabels) else []
        return {"files": notes, "values": found}

    states = [file.state() for file in files]
    key = _cache_key(files, config, positions)
    split, notes = cached_split(cache_directory("files"), key, write)
    for file, note in zip(files, notes["files"], strict=True):
        skipped = describe_skipped(file.path, note, note["used"])
        if skipped:
            listen(Notice(message=skipped))
    if not len(split):
        raise DataError(
            f"No row of the {name} files can be used: {', '.join(str(f.path) for f in files)}"
        )
    return split, notes


def _cache_key(
    files: Sequence[InputFile], config: FilesConfig, positions: Mapping[str, int] | None
) -> str:
    """Name all that the converted reviews depend on, where the files lie excepted."""
    options = config.model_dump(
        mode="json", exclude={"train", "validation", "test", "format", "labels"}
    )
    about = {
        "conversion": _CONVERSION,
        "files": [[file.digest(), file.format, file.compression] for file in files],
        "labels": None if positions is None else dict(positions),
        "options": options,
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]


def _refuse_shared(files: Mapping[str, Sequence[InputFile]]) -> None:
    owners: dict[Path, str] = {}
    for name, those in files.items():
        for file in those:
            owner = owners.setdefault(file.path.resolve(), name)
            if owner != name:
                raise DataError(
                    f"{str(file.path)!r} is given as `{owner}` and as `{name}` in [data]; "
                    "what is measured on must not be trained on"
                )
