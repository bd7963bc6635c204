"""The manifest of a data set: its files with their digests, its rows, and where it came from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from voxpop.bundle.manifest import PartRecord, Sha256, UtcDatetime
from voxpop.disk import disk_fault
from voxpop.errors import DataError

DATASET_MANIFEST = "manifest.json"
SPLIT_NAMES = ("train", "validation", "test")
_MOST_BYTES = 64 * 2**20

ShardPath = Annotated[str, Field(pattern=r"^(train|validation|test)/\d{5}-of-\d{5}\.parquet$")]
SplitName = Literal["train", "validation", "test"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShardRecord(_Record):
    """One file of the data set."""

    rows: Annotated[int, Field(ge=1)]
    sha256: Sha256
    bytes: Annotated[int, Field(ge=1)]


class SplitRecord(_Record):
    """The rows of one split, and how many of them have each label."""

    rows: Annotated[int, Field(ge=1)]
    labels: dict[str, Annotated[int, Field(ge=0)]]


class SourceRecord(_Record):
    """Which data source the reviews came from, and with which options."""

    part: PartRecord
    options: dict[str, Any]


class DatasetManifest(_Record):
    """What a data set says of itself. A review's label is a position in `labels`.

    In a store it says `writing` from before the first file is sent until the last one is there.
    """

    schema_version: Literal[1] = 1
    state: Literal["writing", "whole"] = "whole"
    created_at: UtcDatetime
    source: SourceRecord
    labels: Annotated[tuple[str, ...], Field(min_length=2)]
    splits: dict[SplitName, SplitRecord]
    files: Annotated[dict[ShardPath, ShardRecord], Field(min_length=1)]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        for name, split in self.splits.items():
            rows = sum(r.rows for path, r in self.files.items() if path.startswith(f"{name}/"))
            if rows != split.rows or sum(split.labels.values()) != split.rows:
                raise ValueError(f"the rows of {name!r} differ from those of its files or labels")
        if {path.partition("/")[0] for path in self.files} != set(self.splits):
            raise ValueError("the files belong to other splits than those listed")
        return self

    @property
    def size(self) -> int:
        """The bytes of all files together."""
        return sum(record.bytes for record in self.files.values())

    def is_same_data(self, other: DatasetManifest) -> bool:
        """Tell whether the other has the same bytes and labels, whenever it was made."""
        return (self.files, self.labels) == (other.files, other.labels)

    def to_bytes(self) -> bytes:
        """Give the manifest as it is stored: sorted UTF-8 JSON, one key a line."""
        data = self.model_dump(mode="json")
        text = json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
        return f"{text}\n".encode()


def parse_dataset_manifest(data: bytes, where: str) -> DatasetManifest:
    """Read the bytes of a manifest; `where` names it in messages.

    Raises:
        DataError: it is none, or of another version of Voxpop.
    """
    try:
        parsed: Mapping[str, Any] = json.loads(data)
        version = parsed["schema_version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{where} is no manifest of a data set. Fetch the data set anew") from error
    if version != 1:
        raise DataError(
            f"{where} has the schema version {version!r}, and this Voxpop reads version 1. "
            "Install the Voxpop that wrote it, or fetch the data set anew"
        )
    try:
        return DatasetManifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise DataError(
            f"{where} is damaged: {f'{place}: ' if place else ''}{first['msg']}. "
            "Fetch the data set anew"
        ) from error


def require_whole(manifest: DatasetManifest, where: str) -> DatasetManifest:
    """Give the manifest back if its data set is whole.

    Raises:
        DataError: a push of it is under way, or was stopped.
    """
    if manifest.state != "whole":
        raise DataError(
            f"{where} says that the data set is still being written: a push of it is under way, or "
            "was stopped. Wait for its end, or start it again: voxpop data push DIR (with "
            "--replace, if that is another data set)"
        )
    return manifest


def read_dataset_manifest(directory: Path) -> DatasetManifest:
    """Read the manifest of a data set on this machine.

    Raises:
        DataError: there is none, it is damaged, or it was copied from a push that had not ended.
        StoreError: it cannot be read.
    """
    path = directory / DATASET_MANIFEST
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(
            f"{str(directory)!r} holds no data set: it has no {DATASET_MANIFEST}. "
            "Make one with: voxpop data fetch DIR"
        ) from error
    except OSError as error:
        raise disk_fault(error, path, "read") from error
    where = repr(str(path))
    return require_whole(parse_dataset_manifest(data, where), where)
