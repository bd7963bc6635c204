"""Which state of a data set is read: a commit of the Hub, or the bytes in a folder.

What was asked for last, and which commit that was, is remembered, so that a machine without
network still finds the reviews that it has converted before.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voxpop import DataError, Listener, Notice, StoreUnavailableError, cache_directory, disk_fault
from voxpop_plugins.huggingface.config import HuggingFaceConfig
from voxpop_plugins.huggingface.opening import faults_told, folder_of, open_splits

_ASK_S = 15.0


@dataclass(frozen=True)
class State:
    """One state of a data set; `revision` is None for a folder."""

    identity: str
    revision: str | None
    splits: tuple[str, ...]
    opened: Mapping[str, Any] | None = None  # by their names, if that had to be done to find out


def find_state(config: HuggingFaceConfig, listen: Listener) -> State:
    """Find out which state is meant, asking the Hub once.

    Raises:
        DataError: there is no such data set.
        StoreUnavailableError: the Hub does not answer, and nothing is remembered.
        StoreAccessError: the data set is gated.
    """
    folder = folder_of(config)
    if folder is not None:
        return State(_digest_of_folder(folder), None, tuple(open_splits(config, None, listen)))
    memory = _memory_of(config)
    remembered = _recall(memory)
    whole_commit = re.fullmatch(r"[0-9a-f]{40}", config.revision or "")
    if remembered is not None and whole_commit and remembered.revision == config.revision:
        return remembered
    try:
        revision = _ask(config)
    except StoreUnavailableError as error:
        if remembered is None:
            raise
        message = (
            f"{error}. Until then, commit {str(remembered.revision)[:12]}, which was read last, "
            "is used"
        )
        listen(Notice(message=message))
        return remembered
    if remembered is not None and remembered.revision == revision:
        return remembered
    opened = open_splits(config, revision, listen)
    state = State(revision, revision, tuple(opened), opened)
    _remember(memory, state)
    return state


def _ask(config: HuggingFaceConfig) -> str:
    from huggingface_hub import HfApi

    with faults_told(config):
        info = HfApi().dataset_info(config.path, revision=config.revision, timeout=_ASK_S)
        if info.sha is None:
            raise DataError(f"The Hub names no commit of the data set {config.path!r}")
        return str(info.sha)


def _memory_of(config: HuggingFaceConfig) -> Path:
    from huggingface_hub import constants

    asked = [constants.ENDPOINT, config.path, config.subset, config.revision]
    key = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]
    return cache_directory("huggingface") / f"state-{key}.json"


def _recall(memory: Path) -> State | None:
    try:
        kept: dict[str, Any] = json.loads(memory.read_bytes())
        splits = kept["splits"]
        return State(str(kept["revision"]), str(kept["revision"]), tuple(map(str, splits)))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(memory: Path, state: State) -> None:
    written = json.dumps({"revision": state.revision, "splits": state.splits})
    try:
        with tempfile.NamedTemporaryFile("w", dir=memory.parent, delete=False) as out:
            out.write(written)
        Path(out.name).replace(memory)
    except OSError as error:
        raise disk_fault(error, memory, "written") from error


def _digest_of_folder(folder: Path) -> str:
    """Give the sha256 over the names and the bytes of all files, sorted by name."""
    whole = hashlib.sha256()
    for path in sorted(_files_below(folder)):
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").digest()
        except OSError as error:
            raise disk_fault(error, path, "read") from error
        name = path.relative_to(folder).as_posix().encode(errors="surrogateescape")
        whole.update(hashlib.sha256(name).digest() + digest)
    return whole.hexdigest()


def _files_below(folder: Path) -> list[Path]:
    return [
        Path(place, name)
        for place, _, names in os.walk(folder)
        for name in names
        if not name.startswith(".")
    ]
